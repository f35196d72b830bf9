// The usual text form of an address and a port.
#pragma once

#include "tws/support/asio.hpp"

#include <string>

namespace tws {

// "127.0.0.1:3779", "[::1]:3779"
std::string endpoint_text(const tcp::endpoint& endpoint);

}  // namespace tws
