#include "diagnose/trend.hpp"

#include "measure/statistics.hpp"
#include "tws/measure/facts.hpp"

#include <algorithm>
#include <span>

namespace tws::diagnosis {

std::optional<Trend> trend_of(const std::vector<double>& values) {
  constexpr std::size_t fewest = 15;
  constexpr double by_chance = 0.01;
  if (values.size() < fewest) return {};
  const std::span<const double> all(values);
  const auto third = values.size() / 3;
  const auto first = all.first(third), last = all.last(third);
  const auto middle = all.subspan(third, values.size() - 2 * third);
  const Trend trend{median(first), median(last)};
  const auto [low, high] = std::minmax(trend.first, trend.last);
  const double between = median(middle), slack = 0.1 * (high - low);
  if (between < low - slack || between > high + slack || mann_whitney_p(first, last) >= by_chance)
    return {};
  return trend;
}

namespace {

// What `value_of` makes of each sample but the first and the last; it also gets its width in
// seconds.
template <typename Value>
std::vector<double> over_time(const Run& run, Value value_of) {
  std::vector<double> values;
  const auto& samples = run.timeline;
  for (std::size_t i = 1; i + 1 < samples.size(); ++i)
    if (const auto value = value_of(samples[i], samples[i].t - samples[i - 1].t))
      values.push_back(*value);
  return values;
}

}  // namespace

std::vector<double> rates_over_time(const Run& run) {
  return over_time(run, [](const Sample& sample, double width) {
    return ratio(static_cast<double>(sample.requests), width);
  });
}

std::vector<double> latencies_over_time(const Run& run) {
  return over_time(run,
                   [](const Sample& sample, double) { return sample.latency.unpack().mean(); });
}

}  // namespace tws::diagnosis
