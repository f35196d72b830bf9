// Runs read from files, or from stdin with the path "-".
#pragma once

#include "cli/subcommand.hpp"
#include "tws/measure/run.hpp"

#include <string>
#include <vector>

namespace tws {

// Throws RunError where it can't be read, or is none.
Run load_saved_run(const std::string& path);

// Reports saved runs, judged by `thresholds` instead of their own, unless there are none. Returns
// the exit code. Throws UsageError or RunError.
int report_saved_runs(const std::vector<std::string>& paths,
                      const std::vector<std::string>& thresholds, const Invocation& invocation);

// A name for each run: its file's without folders and extension, with as many folders before it as
// tell it from the others.
std::vector<std::string> names_of(const std::vector<std::string>& paths);

}  // namespace tws
