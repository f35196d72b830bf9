// Drives the load of a plan and watches it: the plan goes in, the run comes out.
#pragma once

#include "tws/measure/plan.hpp"
#include "tws/measure/run.hpp"
#include "tws/measure/timeline.hpp"

#include <chrono>
#include <cstdint>
#include <functional>

namespace tws::load {

// Who is told how it goes, on the calling thread.
struct Observer {
  // While --wait-drain waits: ports still held, and how long it goes on at most.
  std::function<void(std::uint64_t held, std::chrono::nanoseconds left)> on_drain;
  // Before the load: plan, targets, limits and the sockets before are known.
  std::function<void(const Run& run)> on_start;
  // Ten times a second while the load runs.
  std::function<void(std::chrono::nanoseconds elapsed, const Timeline& timeline)> on_progress;
};

// Returns after the plan's duration or requests, after SIGINT, SIGTERM or SIGHUP (the run says so;
// a second one ends the program), or after a second if nothing can be connected to at all.
// Throws UsageError or RunError, before any load, where the plan can't be carried out.
Run run(const Plan& plan, const Observer& observer);

}  // namespace tws::load
