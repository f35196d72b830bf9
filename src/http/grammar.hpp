// HTTP's grammar, independent of the locale: classes of bytes, tokens, lists.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace tws {

inline bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

// Bytes that a field value or a quoted string must not contain: control bytes except tab (RFC 9110
// 5.5).
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
inline constexpr std::array<bool, 256> token_chars = [] {
  std::array<bool, 256> is{};
  for (const char c : std::string_view("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
                                       "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    is[static_cast<unsigned char>(c)] = true;
  return is;
}();

inline bool is_token_char(char c) {
  return token_chars[static_cast<unsigned char>(c)];
}

inline bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}

inline bool are_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

// OWS is spaces and tabs, nothing else (RFC 9110 5.6.3).
inline std::string_view without_whitespace(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// Removes the first element of a comma-separated list and returns it (RFC 9110 5.6.1). It may be
// empty.
inline std::string_view next_of_list(std::string_view& list) {
  const auto comma = std::min(list.find(','), list.size());
  const auto element = list.substr(0, comma);
  list.remove_prefix(std::min(comma + 1, list.size()));
  return without_whitespace(element);
}

// True if `is_good` is true for each element of a list.
template <typename Predicate>
bool all_of_list(std::string_view list, Predicate is_good) {
  for (;;) {
    const bool is_last = list.find(',') == list.npos;
    if (!is_good(next_of_list(list))) return false;
    if (is_last) return true;
  }
}

}  // namespace tws
