// A run as a command makes it.
#pragma once

#include "cli/progress_line.hpp"
#include "tws/measure/run.hpp"

#include <functional>

namespace tws {

// Raises the limit of open files as far as it goes. The first SIGINT, SIGTERM or SIGHUP ends the
// run, which then says so. `on_start` is called right before the load. Throws UsageError or
// RunError.
Run watched_run(
    const Plan& plan, ProgressLine& progress,
    const std::function<void(const Run&)>& on_start = [](const Run&) {});

}  // namespace tws
