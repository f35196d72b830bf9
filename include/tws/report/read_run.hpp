// A run again from the JSON that hammer wrote of it.
#pragma once

#include "tws/measure/run.hpp"

#include <string>
#include <string_view>

namespace tws {

// Throws RunError with one line that begins with `name` where the text is not JSON, not a run, a
// run of a newer hammer, or damaged. Nothing is lost, of a hammer/1 only what it did not have.
Run read_run(std::string_view json, const std::string& name);

}  // namespace tws
