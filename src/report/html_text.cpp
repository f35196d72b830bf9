#include "report/html_text.hpp"

#include "support/units.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdint>

namespace tws {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

bool continues(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

// The bytes of the character that `text` begins with; 0 if it is no UTF-8 (RFC 3629), or if XML 1.0
// has no such character.
std::size_t character(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  if (first < 0x80) return (first >= ' ' && first != 0x7F) || first == '\n' || first == '\t';
  const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < size) return 0;
  std::uint32_t code = first & (0x7Fu >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if (!continues(text[i])) return 0;
    code = code << 6 | (static_cast<unsigned char>(text[i]) & 0x3Fu);
  }
  constexpr std::array<std::uint32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
  const bool is_surrogate = code >= 0xD800 && code <= 0xDFFF;
  const bool is_control = code < 0xA0 || code == 0xFFFE || code == 0xFFFF;
  return code < least[size] || code > 0x10FFFF || is_surrogate || is_control ? 0 : size;
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const auto size = character(text);
    switch (text.front()) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\'':
        result += "&#39;";
        break;
      default:
        result += size > 0 ? text.substr(0, size) : replacement;
    }
    text.remove_prefix(size > 0 ? size : 1);
  }
  return result;
}

std::string shortened(std::string_view text, std::size_t most) {
  if (text.size() <= most) return std::string(text);
  std::size_t from = most * 2 / 3, to = text.size() - most / 3;
  while (from > 0 && continues(text[from])) --from;
  while (to < text.size() && continues(text[to])) ++to;
  return fmt::format("{} [{} bytes left out] {}", text.substr(0, from), format_count(to - from),
                     text.substr(to));
}

std::string escaped(std::string_view text, std::size_t most) {
  auto result = escaped(text);
  for (std::size_t bytes = most; result.size() > most && bytes > 1; bytes = bytes * 3 / 4)
    result = escaped(shortened(text, bytes));
  return result;
}

std::string time_words(double seconds) {
  auto words = format_duration(seconds);
  if (const auto at = words.find(" us"); at != std::string::npos) words.replace(at, 3, " µs");
  return words;
}

std::string round_time_words(double seconds) {
  if (seconds < 0.9995e-6) return fmt::format("{:.3g} ns", seconds * 1e9);
  if (seconds < 0.9995e-3) return fmt::format("{:.3g} µs", seconds * 1e6);
  if (seconds < 0.9995) return fmt::format("{:.3g} ms", seconds * 1e3);
  return fmt::format("{:.4g} s", seconds);
}

std::string data(std::string_view key, double value, std::string_view words) {
  return fmt::format(R"(<data class="{}" value="{}">{}</data>)", key, value, escaped(words));
}

}  // namespace tws
