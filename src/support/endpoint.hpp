// The usual text form of an address and a port.
#pragma once

#include "tws/support/asio.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace tws {

// "127.0.0.1:3779", "[::1]:3779"
std::string endpoint_text(const tcp::endpoint& endpoint);

// The inverse; nothing for other text.
std::optional<tcp::endpoint> parse_endpoint(std::string_view text);

}  // namespace tws
