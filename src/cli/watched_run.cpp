#include "cli/watched_run.hpp"

#include "support/signals.hpp"
#include "system/open_files.hpp"
#include "tws/load/engine.hpp"

namespace tws {

Run watched_run(const Plan& plan, ProgressLine& progress,
                const std::function<void(const Run&)>& on_start) {
  raise_open_file_limit();
  const auto prepared = load::prepare(plan);
  load::wait_for_drain(prepared, [&](auto held, auto left) { progress.show_drain(held, left); });
  load::Observer observer;
  observer.on_start = on_start;
  observer.on_progress = [&](auto elapsed, const Timeline& timeline) {
    progress.show(timeline, prepared.run, elapsed);
  };
  const StopOnSignals signals;
  Run run = load::execute(prepared, signals.stop_asked(), observer);
  run.signal = signals.taken();
  return run;
}

}  // namespace tws
