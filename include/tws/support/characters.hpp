// Classes of bytes in HTTP, by no locale.
#pragma once

#include <string_view>

namespace tws {

inline bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

// What a field value or a quoted string may not have: control bytes but the tab (RFC 9110 5.5).
inline bool is_bad_in_value(char c) {
  return is_control(c) && c != '\t';
}

inline bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

inline bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

inline bool is_alpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

inline bool is_hex_digit(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// RFC 9110 5.6.2
inline bool is_token_char(char c) {
  return is_alpha(c) || is_digit(c) ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

}  // namespace tws
