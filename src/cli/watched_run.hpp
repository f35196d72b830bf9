// A run with a progress line, signal handling and thresholds that may end it.
#pragma once

#include "cli/progress_line.hpp"
#include "support/signals.hpp"
#include "tws/load/engine.hpp"
#include "tws/measure/run.hpp"

namespace tws {

// A signal came while watched_run() waited for ports; only where a StopOnSignals of the caller
// lives.
struct Interrupted {};

// Raises the soft limit of open files to the hard limit. The first SIGINT, SIGTERM or SIGHUP ends
// the run and is noted in it, and so is the threshold that does. `also` is called as the engine
// says. Throws UsageError or RunError.
Run watched_run(const Plan& plan, ProgressLine& progress, const load::Observer& also = {});
// The run alone, of what was prepared, with the signals of several runs.
Run watched_run(const load::Prepared& prepared, ProgressLine& progress,
                const StopOnSignals& signals, const load::Observer& also = {});

// For several runs in a row: connections that hammer closes leave ports in TIME_WAIT, which the
// next run would lack.
void drain_between_runs(Plan& plan);

}  // namespace tws
