// A run read from a file.
#pragma once

#include "tws/measure/run.hpp"

#include <string>

namespace tws {

// Throws RunError where it can't be read, or is none.
Run load_saved_run(const std::string& path);

}  // namespace tws
