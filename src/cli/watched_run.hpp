// A run with a progress line and signal handling.
#pragma once

#include "cli/progress_line.hpp"
#include "tws/measure/run.hpp"

#include <functional>

namespace tws {

// Raises the soft limit of open files to the hard limit. The first SIGINT, SIGTERM or SIGHUP ends
// the run and is noted in it. `on_start` is called right before the load. Throws UsageError or
// RunError.
Run watched_run(
    const Plan& plan, ProgressLine& progress,
    const std::function<void(const Run&)>& on_start = [](const Run&) {});

}  // namespace tws
