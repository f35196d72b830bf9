// A run read from a file, and its report.
#pragma once

#include "cli/output.hpp"
#include "tws/measure/run.hpp"

#include <string>

namespace tws {

// Throws RunError where it can't be read, or is none.
Run load_saved_run(const std::string& path);

// As text or JSON, with its diagnosis.
void write_report(const Run& run, Output& output);

}  // namespace tws
