// The line that says how a run goes while it runs.
#pragma once

#include "tws/measure/plan.hpp"
#include "tws/measure/timeline.hpp"
#include "tws/report/style.hpp"
#include "tws/system/limits.hpp"

#include <cstdint>
#include <string>

namespace tws {

// `elapsed` is in seconds since the start. Rate and p99 are of the last second. At most
// style.width columns, without a line feed. `times`: that the ports are there, once for each source
// address and target.
std::string progress_line(const Timeline& timeline, const Plan& plan, const Limits& limits,
                          double elapsed, const TextStyle& style, std::uint64_t times = 1);

}  // namespace tws
