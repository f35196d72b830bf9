// The options that make hammer do a plan again.
#pragma once

#include "tws/measure/plan.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace tws {

// "hammer", then one word or an option with its value each, quoted for a shell: length, connections
// and threads, then what is not as hammer has it by default, then the targets. Values of headers
// may be secrets and bodies long: "..." stands for them.
std::vector<std::string> command_line(const Plan& plan);

// As --duration takes it: "10s", "2.5s", "500ms".
std::string typed(std::chrono::nanoseconds time);

// A word as a POSIX shell reads it back.
std::string for_shell(const std::string& word);

}  // namespace tws
