#include "cli/watched_run.hpp"

#include "support/signals.hpp"
#include "system/open_files.hpp"
#include "tws/judge/watch.hpp"

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
  load::Observer observer = also;
  observer.on_progress = [&](auto elapsed, const Timeline& timeline) {
    also.on_progress(elapsed, timeline);
    progress.show(timeline, prepared.run, elapsed);
  };
  ThresholdWatch thresholds(plan);
  std::optional<std::string> stopped_by;
  observer.is_enough = [&](auto elapsed, const Timeline& timeline) {
    if (!stopped_by) stopped_by = thresholds.broken(elapsed, timeline);
    return stopped_by.has_value();
  };
  const StopOnSignals signals;
  Run run = load::execute(prepared, signals.stop_asked(), observer);
  run.signal = signals.taken();
  run.stopped_by = stopped_by;
  return run;
}

}  // namespace tws
