// Bytes as text (RFC 4648 section 4).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tws {

std::string to_base64(std::string_view bytes);
// Nothing for what to_base64() never makes.
std::optional<std::string> from_base64(std::string_view text);

// Whether these are characters in UTF-8 (RFC 3629), as JSON's strings must be.
bool is_utf8(std::string_view bytes);

}  // namespace tws
