#include "cli/watched_run.hpp"

#include "system/open_files.hpp"
#include "tws/judge/watch.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace tws {

Run watched_run(const Plan& plan, ProgressLine& progress, const load::Observer& also) {
  raise_open_file_limit();
  const auto prepared = load::prepare(plan);
  load::wait_for_drain(prepared, [&](auto held, auto left) {
    progress.show_drain(held, left);
    if (StopOnSignals::taken()) throw Interrupted();
  });
  const StopOnSignals signals;
  return watched_run(prepared, progress, signals, also);
}

Run watched_run(const load::Prepared& prepared, ProgressLine& progress,
                const StopOnSignals& signals, const load::Observer& also) {
  load::Observer observer = also;
  observer.on_progress = [&](auto elapsed, const Timeline& timeline) {
    also.on_progress(elapsed, timeline);
    progress.show(timeline, prepared.run, elapsed);
  };
  observer.on_warm_up = [&](auto left) { progress.show_warm_up(left); };
  ThresholdWatch thresholds(prepared.run.plan);
  std::optional<std::string> stopped_by;
  observer.is_enough = [&](auto elapsed, const Timeline& timeline) {
    if (!stopped_by) stopped_by = thresholds.broken(elapsed, timeline);
    return stopped_by.has_value();
  };
  Run run = load::execute(prepared, signals.stop_asked(), observer);
  run.signal = StopOnSignals::taken();
  run.stopped_by = stopped_by;
  return run;
}

void drain_between_runs(Plan& plan) {
  constexpr std::chrono::seconds longest{70};
  if (!plan.keep_alive() && plan.close_by == CloseBy::client) plan.wait_drain = longest;
}

}  // namespace tws
