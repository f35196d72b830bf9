// How many responses took how long, and when: a heat map with two percentiles on it.
#include "report/html_charts.hpp"
#include "report/html_text.hpp"
#include "report/svg_chart.hpp"
#include "support/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>

namespace tws {
namespace {

constexpr std::size_t rows = 32;
constexpr int levels = 7;

using Cells = std::array<std::uint64_t, rows>;  // of one column, the fastest first

Cells cells_of(const Histogram& latency, const Axis& y) {
  Cells cells{};
  for (const auto& [nanoseconds, count] : latency.save().buckets) {
    const double place = y.place(static_cast<double>(nanoseconds) * 1e-9);
    cells[std::min(static_cast<std::size_t>(place * rows), rows - 1)] += count;
  }
  return cells;
}

// 1 to `levels`, each as many times more than the one before; 0 for none.
int level_of(std::uint64_t count, std::uint64_t most) {
  if (count == 0) return 0;
  if (most <= 1) return levels;
  const double share = std::log(static_cast<double>(count)) / std::log(static_cast<double>(most));
  return 1 + static_cast<int>(std::lround(share * (levels - 1)));
}

// A path for each level, in units of a column and a row, which makes it short. Neighbours of the
// same level in a column are one rectangle.
std::string drawing(const std::vector<Cells>& all, const Columns& columns, const Axis& x,
                    std::uint64_t most) {
  std::array<std::string, levels + 1> paths;
  const double unit = columns.front().to - columns.front().from;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const double left = columns[i].from / unit, width = columns[i].to / unit - left;
    for (std::size_t row = 0; row < rows;) {
      const int level = level_of(all[i][row], most);
      std::size_t end = row + 1;
      while (end < rows && level_of(all[i][end], most) == level) ++end;
      if (level > 0)
        paths[static_cast<std::size_t>(level)] +=
            fmt::format("M{0:.5g} {1}h{2:.4g}v{3}h-{2:.4g}z", left, rows - end, width, end - row);
      row = end;
    }
  }
  std::string svg = fmt::format("<g class=\"heat\" transform=\"scale({:.6g} {:.6g})\">\n",
                                x.place(unit) * drawing_width, double{drawing_height} / rows);
  for (std::size_t level = 1; level <= levels; ++level)
    if (!paths[level].empty())
      svg += fmt::format("<path class=\"h{}\" d=\"{}\"/>\n", level, paths[level]);
  return svg + "</g>\n";
}

std::string scale(std::uint64_t most) {
  std::string items = "<li class=\"scale\">1 ";
  for (int level = 1; level <= levels; ++level)
    items += fmt::format(
        "<svg class=\"cell\" viewBox=\"0 0 1 1\" aria-hidden=\"true\"><path "
        "class=\"h{}\" d=\"M0 0h1v1H0z\"/></svg>",
        level);
  return items + fmt::format(" {} responses in a cell</li>\n", format_count(most));
}

Series percentile(const Columns& columns, double share, std::string words, std::string_view look,
                  const Axis& x, const Axis& y) {
  Series series{std::move(words), look, {}, {}};
  std::vector<Step> steps;
  // A column without a response has no percentile: the curve has a gap there.
  const auto draw = [&] {
    series.path += steps_path(steps, x, y);
    steps.clear();
  };
  for (const TimeColumn& one : columns) {
    const auto value = one.latency.quantile(share);
    series.values.push_back(value ? time_words(*value) : "-");
    if (value)
      steps.push_back({one.from, one.to, *value});
    else
      draw();
  }
  draw();
  return series;
}

}  // namespace

std::string heat_map_figure(const Run& run, const Columns& columns) {
  constexpr std::string_view id = "heat-map", title = "Latency over time";
  double fastest = 0, slowest = 0;
  for (const TimeColumn& one : columns) {
    if (one.latency.empty()) continue;
    fastest = slowest == 0 ? *one.latency.min() : std::min(fastest, *one.latency.min());
    slowest = std::max(slowest, *one.latency.max());
  }
  if (slowest == 0) return no_figure(id, title, "No request succeeded, so there is no latency.");
  Chart chart{.id = std::string(id),
              .title = std::string(title),
              .unit = "latency",
              .caption = {},
              .alone = {},
              .x = time_axis(end_of(run, columns)),
              .y = latency_axis(fastest, slowest)};
  std::vector<Cells> all;
  std::uint64_t most = 0;
  for (const TimeColumn& one : columns) {
    all.push_back(cells_of(one.latency, chart.y));
    most = std::max(most, *std::ranges::max_element(all.back()));
  }
  chart.under = drawing(all, columns, chart.x, most);
  chart.extra = scale(most);
  chart.places = places_of(columns);
  // Bright edges keep the curves apart from the cells.
  for (const auto& [share, words, look] :
       {std::tuple{0.99, "p99", "hot2"}, std::tuple{0.5, "p50", "hot1"}}) {
    Series one = percentile(columns, share, words, look, chart.x, chart.y);
    chart.under += fmt::format("<path class=\"halo\" d=\"{}\"/>\n", one.path);
    chart.series.push_back(std::move(one));
  }
  Series slow{"slowest", "", {}, {}}, count{"responses", "", {}, {}};
  for (const TimeColumn& one : columns) {
    slow.values.push_back(one.latency.empty() ? "-" : time_words(*one.latency.max()));
    count.values.push_back(format_count(one.latency.count()));
  }
  chart.series.push_back(std::move(slow));
  chart.series.push_back(std::move(count));
  chart.alone =
      fmt::format("Latency of successes, from {} to {}", time_words(fastest), time_words(slowest));
  chart.caption =
      escaped(fmt::format("{}. {} The darker a cell on a light page (the brighter on a "
                          "dark one), the more responses took that long.",
                          chart.alone, width_words(columns, "column")));
  return figure(chart);
}

}  // namespace tws
