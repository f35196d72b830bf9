#include "report/html_text.hpp"
#include "report/svg_chart.hpp"
#include "support/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace tws {
namespace {

// What four steps of make at least `highest`: 1, 2 or 5 times a power of ten.
double round_step(double highest) {
  const double least = highest / 4;
  const double power = std::pow(10, std::floor(std::log10(least)));
  for (const double times : {1.0, 2.0, 5.0})
    if (power * times >= least * (1 - 1e-9)) return power * times;
  return power * 10;
}

std::string elapsed_words(double seconds, double step) {
  if (seconds == 0) return "0 s";
  if (step < 60) return fmt::format("{:.6g} s", seconds);
  if (step < 3600) return fmt::format("{:.6g} min", seconds / 60);
  return fmt::format("{:.6g} h", seconds / 3600);
}

}  // namespace

double Axis::place(double value) const {
  if (!(to > from)) return 0;
  const double share = is_logarithmic ? std::log(std::max(value, from) / from) / std::log(to / from)
                                      : (value - from) / (to - from);
  return std::clamp(share, 0.0, 1.0);
}

Axis count_axis(double highest) {
  if (!(highest > 0)) highest = 1;
  const double step = round_step(highest);
  const double count = std::ceil(highest / step * (1 - 1e-9));
  Axis axis{0, step * count, false, {}};
  for (double i = 0; i <= count; ++i)
    axis.ticks.push_back({step * i, step * count >= 10 ? format_count(whole(step * i))
                                                       : fmt::format("{:.3g}", step * i)});
  return axis;
}

Axis time_axis(double seconds) {
  constexpr std::array steps{0.001, 0.002, 0.005, 0.01, 0.02, 0.05,  0.1,   0.2,   0.5,    1.0,
                             2.0,   5.0,   10.0,  20.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 3600.0};
  constexpr double most = 5.5;  // ticks, so that their words fit on a phone
  if (!(seconds > 0)) seconds = 1;
  const auto found =
      std::find_if(steps.begin(), steps.end(), [&](double step) { return seconds / step <= most; });
  double step = found == steps.end() ? steps.back() : *found;
  while (seconds / step > most) step *= 2;
  Axis axis{0, seconds, false, {}};
  for (double i = 0; i * step <= seconds * (1 + 1e-9); ++i)
    axis.ticks.push_back({i * step, elapsed_words(i * step, step)});
  return axis;
}

Axis latency_axis(double fastest, double slowest) {
  constexpr double least_factor = 4;
  fastest = std::max(fastest, 1e-9);
  slowest = std::max(slowest, fastest);
  if (slowest / fastest < least_factor) {
    const double widen = std::sqrt(least_factor / (slowest / fastest));
    fastest /= widen;
    slowest *= widen;
  }
  Axis axis{fastest, slowest, true, {}};
  const bool is_narrow = slowest / fastest < 100;
  const int first = static_cast<int>(std::floor(std::log10(fastest)));
  const int last = static_cast<int>(std::ceil(std::log10(slowest)));
  for (int exponent = first; exponent <= last; ++exponent)
    for (const double times : {1.0, 2.0, 5.0}) {
      const double at = times * std::pow(10, exponent);
      if ((times == 1 || is_narrow) && at >= fastest && at <= slowest)
        axis.ticks.push_back({at, round_time_words(at)});
    }
  return axis;
}

double nines_of(double share) {
  return 1 / std::max(1 - share, 1e-18);
}

Axis nines_axis(std::uint64_t count) {
  Axis axis{1, static_cast<double>(std::max<std::uint64_t>(count, 10)), true, {}};
  axis.ticks = {{1, "0%"}};
  if (count <= 1000) axis.ticks.push_back({2, "50%"});  // beyond, its words would touch the others
  constexpr std::array words{"90%",     "99%",      "99.9%",     "99.99%",
                             "99.999%", "99.9999%", "99.99999%", "99.999999%"};
  double at = 10;
  for (const auto* one : words) {
    if (at > axis.to) break;
    axis.ticks.push_back({at, one});
    at *= 10;
  }
  return axis;
}

}  // namespace tws
