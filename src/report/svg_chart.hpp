// Charts as SVG in HTML. The drawing stretches with the page. The words at its edges are HTML, so
// that they stay legible on a narrow screen.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tws {

// The size of every drawing, in units of its own: "viewBox".
inline constexpr int drawing_width = 4000, drawing_height = 2000;

struct AxisTick {
  double at = 0;
  std::string words;
};

struct Axis {
  double from = 0, to = 1;
  bool is_logarithmic = false;
  std::vector<AxisTick> ticks;
  // 0 to 1; what is outside lies on the edge.
  double place(double value) const;
};

// From 0 to a round number at or above `highest`.
Axis count_axis(double highest);
// Seconds since the start.
Axis time_axis(double seconds);
// Logarithmic, of times; at least a factor of four, so that noise does not look like a difference.
Axis latency_axis(double fastest, double slowest);
// Percentiles by their nines, up to the one that a single of `count` values is above. Its values
// are nines_of() of a share.
Axis nines_axis(std::uint64_t count);
double nines_of(double share);

// A point or, between from and to, a step of a curve.
struct Step {
  double from = 0, to = 0;
  double value = 0;
};

// Paths of a drawing, as SVG's "d".
std::string line_path(const std::vector<Step>& points, const Axis& x, const Axis& y);
std::string steps_path(const std::vector<Step>& steps, const Axis& x, const Axis& y);
std::string area_path(const std::vector<Step>& steps, const Axis& x, const Axis& y);

// A curve and its entry in the legend.
struct Series {
  std::string name;
  std::string_view look;            // a class of the style sheet
  std::vector<std::string> values;  // in words, one for each place of the pointer; may be empty
  std::string path;
};

// A line across the chart, with words. At a value of x (upright) or of y.
struct Mark {
  double at = 0;
  std::string words;
};

struct Chart {
  std::string id, title;
  std::string unit;     // of y, above the axis
  std::string caption;  // HTML below
  std::string alone;    // for those who don't see it
  Axis x, y;
  std::string under{};  // SVG below the curves
  std::string extra{};  // HTML beside the legend
  std::vector<Series> series{};
  std::vector<Mark> levels{}, moments{};
  // Where the pointer finds values, in x, and what that place is called.
  std::vector<std::pair<double, std::string>> places{};
};

// A <figure>.
std::string figure(const Chart& chart);

// A horizontal bar of `share` (0 to 1).
std::string bar_svg(double share);

}  // namespace tws
