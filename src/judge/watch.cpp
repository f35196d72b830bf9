#include "tws/judge/watch.hpp"

#include "judge/values.hpp"
#include "support/units.hpp"

#include <utility>

namespace tws {
namespace {

constexpr std::chrono::seconds interval{1};

// The latest window whose samples are complete; without a window, all of the run so far.
std::optional<double> value_now(const Threshold& threshold, std::chrono::nanoseconds elapsed,
                                const Timeline& timeline) {
  if (!threshold.window)
    return judging::value_of(threshold, {0, to_seconds(elapsed), timeline.requests(),
                                         timeline.errors(), timeline.latency()});
  const auto& samples = timeline.samples();
  const auto complete = timeline.complete();
  const auto windows = judging::windows_of(threshold, samples, complete);
  if (windows.number == 0) return {};
  const double end = windows.end(windows.number - 1);
  return judging::value_of(
      threshold, judging::part_of(samples, complete, end - windows.length, end, threshold));
}

}  // namespace

ThresholdWatch::ThresholdWatch(const Plan& plan) : next_(interval) {
  for (Threshold& threshold : thresholds_of(plan))
    if (threshold.abort_after) thresholds_.push_back(std::move(threshold));
}

std::optional<std::string> ThresholdWatch::broken(std::chrono::nanoseconds elapsed,
                                                  const Timeline& timeline) {
  if (thresholds_.empty() || elapsed < next_) return {};
  next_ = elapsed + interval;
  for (const Threshold& threshold : thresholds_) {
    if (elapsed < *threshold.abort_after) continue;
    const auto value = value_now(threshold, elapsed, timeline);
    if (value && !threshold.holds(*value)) return threshold.text;
  }
  return {};
}

}  // namespace tws
