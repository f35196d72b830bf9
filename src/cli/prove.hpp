// The trials after a run (--prove, hammer prove).
#pragma once

#include "cli/progress_line.hpp"
#include "tws/measure/run.hpp"

namespace tws {

// Makes the trials that the run's verdict asks for and puts them into `run`. It says first on
// stderr what it will do. A trial that can't be made is said there, and left out. A signal ends the
// one under way, and those behind it are not made. Returns the signal that came, or nothing.
std::optional<int> prove(Run& run, ProgressLine& progress);

}  // namespace tws
