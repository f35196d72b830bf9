#include "judge/compare_runs.hpp"

#include "judge/values.hpp"
#include "tws/support/errors.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tws {
namespace {

using Of = Metric::Of;

Unit unit_of(const Metric& metric) {
  if (metric.is_time()) return Unit::seconds;
  return metric.of == Of::achieved || metric.of == Of::successes ? Unit::share : Unit::per_second;
}

std::vector<double> values_of(const Threshold& what, std::span<const Run> runs) {
  std::vector<double> values;
  for (const Run& run : runs)
    if (const auto value = judging::value_of(what, run); value && value->number > 0)
      values.push_back(value->number);
  return values;
}

}  // namespace

void check_comparable(std::string_view name) {
  const auto metric = metric_of(name);
  // Of errors there may be none, and nothing is any number of times more than none.
  if (!metric || metric->of == Of::errors || metric->of == Of::status)
    throw UsageError(
        fmt::format("--metric: '{}' is not one of pN (such as p99), min, mean, max, stddev, rate, "
                    "attempts, successes, achieved, connect.pN, first-byte.pN",
                    name));
}

ComparedRuns compare_runs(std::span<const Run> before, std::span<const Run> after,
                          const std::vector<std::string>& metrics, double noise) {
  ComparedRuns compared{.noise = noise, .metrics = {}};
  const auto count = static_cast<double>(metrics.size());
  const CompareRule rule{.noise = noise, .alpha = std::min(0.05, 0.1 / std::max(count, 1.0))};
  for (const auto& name : metrics) {
    const Metric metric = metric_of(name).value();
    const bool higher = !metric.is_time();
    Threshold what;
    what.metric = metric;
    what.unit = unit_of(metric);
    const auto old_values = values_of(what, before), new_values = values_of(what, after);
    ComparedMetric one{name, what.unit, higher, old_values.size(), new_values.size(), {}};
    if (!old_values.empty() && !new_values.empty())
      one.comparison = compare(old_values, new_values, higher, rule);
    compared.metrics.push_back(std::move(one));
  }
  return compared;
}

Change ComparedRuns::overall() const {
  const auto any = [&](Change change) {
    return std::ranges::any_of(metrics, [change](const ComparedMetric& one) {
      return (one.comparison ? one.comparison->change : Change::cant_tell) == change;
    });
  };
  for (const Change change : {Change::worse, Change::cant_tell, Change::better})
    if (any(change)) return change;
  return Change::same;
}

}  // namespace tws
