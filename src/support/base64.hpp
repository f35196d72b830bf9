// Bytes as text (RFC 4648 section 4).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tws {

std::string to_base64(std::string_view bytes);
// Nothing for text that to_base64() never produces.
std::optional<std::string> from_base64(std::string_view text);

// Whether the bytes are valid UTF-8 (RFC 3629), which JSON strings require.
bool is_utf8(std::string_view bytes);

}  // namespace tws
