// A run read from a file, or from stdin with the path "-".
#pragma once

#include "tws/measure/run.hpp"

#include <string>

namespace tws {

// Throws RunError where it can't be read, or is none.
Run load_saved_run(const std::string& path);

}  // namespace tws
