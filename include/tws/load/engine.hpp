// Carries out a plan; the result is a Run.
#pragma once

#include "tws/measure/plan.hpp"
#include "tws/measure/run.hpp"
#include "tws/measure/timeline.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

namespace tws::load {

struct Job;

// A plan that was checked and can be carried out.
struct Prepared {
  std::shared_ptr<const Job> job;
  Run run;  // filled so far: plan, environment, targets, limits
};

// Resolves names, checks the plan against the system, and reads the system's limits. Throws
// UsageError or RunError if the plan can't be carried out.
Prepared prepare(const Plan& plan);

// Called on the thread that calls execute().
struct Observer {
  // Right before the load. Plan, targets, limits and `sockets_before` are filled.
  std::function<void(const Run& run)> on_start = [](const Run&) {};
  // Ten times a second during the load.
  std::function<void(std::chrono::nanoseconds elapsed, const Timeline& timeline)> on_progress =
      [](std::chrono::nanoseconds, const Timeline&) {};
  // The same during a warm-up, until which `left` is left.
  std::function<void(std::chrono::nanoseconds left)> on_warm_up = [](std::chrono::nanoseconds) {};
  // Called after on_progress; true ends the run.
  std::function<bool(std::chrono::nanoseconds elapsed, const Timeline& timeline)> is_enough =
      [](std::chrono::nanoseconds, const Timeline&) { return false; };
};

// Ends after the plan's duration or requests, within 100 ms after `stop` became true, or after a
// second if no attempt to connect succeeds. Throws RunError, before any load, if threads can't be
// started or the admin listener does not answer. `stop` is read on the calling thread only, so a
// signal handler may set it.
Run execute(const Prepared& prepared, const std::atomic<bool>& stop, const Observer& observer);

// How many ports are still held, and the rest of the time limit.
using OnDrain = std::function<void(std::uint64_t held, std::chrono::nanoseconds left)>;

// Waits until this client has no more TIME_WAIT towards the targets, at most for the plan's
// `wait_drain`; without one it does not wait. Throws RunError if the time was too short.
void wait_for_drain(const Prepared& prepared, const OnDrain& on_drain);

}  // namespace tws::load
