#include "judge/compare_runs.hpp"

#include "judge/metric.hpp"
#include "judge/values.hpp"
#include "tws/diagnose/diagnose.hpp"
#include "tws/support/errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tws {
namespace {

using Of = Metric::Of;

constexpr std::string_view successes_name = "successes";
// More failures than that are a change, whatever the noise: the verdict draws its line there, too.
constexpr double most_lost = 0.01;
constexpr double least_share = 1e-6;  // in place of none: of 0 there is no ratio

struct Judged {
  const Run* run;
  Verdict verdict;
};

std::vector<Judged> judged(std::span<const NamedRun> runs) {
  std::vector<Judged> all;
  for (const auto& one : runs) all.push_back({&one.run, diagnose(one.run).verdict});
  return all;
}

void set_aside(std::span<const NamedRun> runs, const std::vector<Judged>& side, bool is_new,
               ComparedRuns& to) {
  for (std::size_t i = 0; i < side.size(); ++i) {
    const Verdict& verdict = side[i].verdict;
    if (verdict.valid) continue;
    (verdict.server_failed ? to.failed : to.left_out)
        .push_back({is_new, runs[i].name, verdict.not_valid_because});
  }
}

Unit unit_of(const Metric& metric) {
  if (metric.is_time()) return Unit::seconds;
  return metric.of == Of::achieved || metric.of == Of::successes ? Unit::share : Unit::per_second;
}

// Whatever else disturbed a run, what succeeded did, and what the server failed it failed.
bool counts(const Verdict& verdict, bool is_successes) {
  return is_successes ? verdict.got_through || verdict.server_failed : verdict.valid;
}

std::vector<double> values_of(const Threshold& what, const std::vector<Judged>& side) {
  const bool is_successes = what.metric.of == Of::successes;
  std::vector<double> values;
  for (const auto& [run, verdict] : side) {
    if (!counts(verdict, is_successes)) continue;
    const auto value = judging::value_of(what, *run);
    if (value && is_successes)
      values.push_back(std::max(value->number, least_share));
    else if (is_successes && verdict.server_failed)
      values.push_back(least_share);  // nothing ever ended
    else if (value && value->number > 0)
      values.push_back(value->number);
  }
  return values;
}

ComparedMetric compared(const std::string& name, const std::vector<Judged>& before,
                        const std::vector<Judged>& after, const CompareRule& rule) {
  Threshold what;
  what.metric = metric_of(name).value();
  what.unit = unit_of(what.metric);
  const bool higher = !what.metric.is_time();
  const auto old_values = values_of(what, before), new_values = values_of(what, after);
  ComparedMetric one{name, what.unit, higher, old_values.size(), new_values.size(), true, {}};
  one.enough = std::min(old_values.size(), new_values.size()) >= fewest_runs &&
               2 * old_values.size() >= before.size() && 2 * new_values.size() >= after.size();
  if (old_values.empty() || new_values.empty()) return one;
  one.comparison = compare(old_values, new_values, higher, rule);
  if (!one.enough) one.comparison->change = Change::cant_tell;
  return one;
}

}  // namespace

void check_comparable(std::string_view name) {
  const auto metric = metric_of(name);
  if (!metric || !is_comparable(*metric))
    throw UsageError(fmt::format("--metric: '{}' is not one of {}{}", name, comparable_metrics(),
                                 did_you_mean(name)));
}

void check_is_had(std::string_view name, const Plan& plan) {
  if (const auto lack = what_lacks(metric_of(name).value(), plan); !lack.empty())
    throw UsageError(fmt::format("--metric: '{}': {}", name, lack));
}

ComparedRuns compare_runs(std::span<const NamedRun> before, std::span<const NamedRun> after,
                          std::vector<std::string> metrics, double noise) {
  ComparedRuns result;
  result.noise = noise;
  result.before = before.size();
  result.after = after.size();
  const auto old_side = judged(before), new_side = judged(after);
  set_aside(before, old_side, false, result);
  set_aside(after, new_side, true, result);
  if (!result.failed.empty()) {
    std::erase(metrics, successes_name);
    metrics.insert(metrics.begin(), std::string(successes_name));
  }
  const auto count = static_cast<double>(metrics.size());
  const double alpha = std::min(0.05, 0.1 / std::max(count, 1.0));
  for (const auto& name : metrics) {
    const double line = name == successes_name ? std::min(noise, most_lost) : noise;
    result.metrics.push_back(compared(name, old_side, new_side, {.noise = line, .alpha = alpha}));
  }
  return result;
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

const ComparedMetric* ComparedRuns::successes() const {
  const auto found = std::ranges::find(metrics, successes_name, &ComparedMetric::name);
  return found == metrics.end() ? nullptr : &*found;
}

}  // namespace tws
