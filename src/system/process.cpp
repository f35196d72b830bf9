#include "system/process.hpp"

#include <algorithm>

namespace tws {

std::optional<ProcessLoad> process_load(const ProcessUse& before, const ProcessUse& after,
                                        double seconds) {
  if (before.started != after.started || !(seconds > 0)) return {};
  ProcessLoad load;
  load.cores = std::max(0.0, after.cpu_seconds - before.cpu_seconds) / seconds;
  for (const auto& [thread, used] : after.thread_seconds) {
    const auto old = before.thread_seconds.find(thread);
    // Less than before: a new thread got the id of one that ended.
    const bool same = old != before.thread_seconds.end() && old->second <= used;
    load.busiest_thread =
        std::max(load.busiest_thread, (same ? used - old->second : used) / seconds);
  }
  if (before.waited_seconds && after.waited_seconds)
    load.waiting = std::max(0.0, *after.waited_seconds - *before.waited_seconds) / seconds;
  load.busiest_thread = std::min(load.busiest_thread, 1.0);  // the clock ticks coarsely
  return load;
}

}  // namespace tws
