#include "report/paint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace tws {

std::string paint(std::string_view text, Colour colour, const TextStyle& style) {
  if (!style.colour) return std::string(text);
  constexpr std::string_view codes[]{"31", "32", "33"};
  return fmt::format("\x1b[{}m{}\x1b[0m", codes[static_cast<std::size_t>(colour)], text);
}

std::string bar(double share, int cells, const TextStyle& style) {
  const long length = std::lround(std::clamp(share, 0.0, 1.0) * cells);
  std::string text;
  for (long i = 0; i < length; ++i) text += style.unicode ? "■" : "#";
  return text;
}

std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

int visible_columns(std::string_view text) {
  std::size_t escapes = 0;
  for (auto at = text.find('\x1b'); at != std::string_view::npos; at = text.find('\x1b', at + 1))
    escapes += text.find('m', at) - at + 1;
  return static_cast<int>(columns(text) - escapes);
}

std::string format_percent(double share) {
  const double percent = share * 100;
  if (share > 0 && share < 1) return fmt::format("{:.2f}%", std::clamp(percent, 0.01, 99.99));
  return fmt::format("{:.2f}%", percent);
}

}  // namespace tws
