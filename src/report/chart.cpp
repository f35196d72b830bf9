#include "report/chart.hpp"

#include "support/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace tws {
namespace {

constexpr int steps = 8;  // of a character's height
constexpr std::array<std::string_view, steps + 1> blocks{" ", "▁", "▂", "▃", "▄",
                                                         "▅", "▆", "▇", "█"};
constexpr std::array<std::string_view, steps + 1> letters{" ", ".", ".", ".", ":",
                                                          ":", ":", "#", "#"};

int height(double value, double top) {
  if (!(value > 0) || !(top > 0)) return 0;
  return std::clamp(static_cast<int>(std::lround(value / top * chart_rows * steps)), 1,
                    chart_rows * steps);
}

}  // namespace

std::string bar_chart(const std::vector<double>& values, double top, std::size_t label_width,
                      const TextStyle& style) {
  const auto& glyphs = style.unicode ? blocks : letters;
  std::string text;
  for (int row = chart_rows - 1; row >= 0; --row) {
    std::string label;
    if (row == 0)
      label = "0";
    else if (row == chart_rows - 1 && top > 0)
      label = format_count(whole(top));
    std::string line = fmt::format("  {:>{}} |", label, label_width);
    for (const double value : values) {
      const int level = std::clamp(height(value, top) - row * steps, 0, steps);
      line += glyphs[static_cast<std::size_t>(level)];
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  }
  return text;
}

}  // namespace tws
