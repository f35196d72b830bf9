// Drives the load of a plan and watches it: the plan goes in, the run comes out.
#pragma once

#include "tws/measure/plan.hpp"
#include "tws/measure/run.hpp"
#include "tws/measure/timeline.hpp"

#include <chrono>
#include <cstdint>
#include <functional>

namespace tws::load {

// Called ten times a second while the load runs, on the calling thread.
using OnProgress = std::function<void(std::chrono::nanoseconds elapsed, const Timeline& timeline)>;

// Called while --wait-drain waits: ports still held, and how long it goes on at most.
using OnDrain = std::function<void(std::uint64_t held, std::chrono::nanoseconds left)>;

// Returns after the plan's duration or requests, after SIGINT, SIGTERM or SIGHUP (the run says so;
// a second one ends the program), or after a second if nothing can be connected to at all.
// Throws UsageError or RunError, before any load, where the plan can't be carried out.
Run run(const Plan& plan, const OnProgress& on_progress, const OnDrain& on_drain);

}  // namespace tws::load
