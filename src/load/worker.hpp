// One thread of the load: its own loop, its own counters, its share of the connections.
#pragma once

#include "io/coroutine.hpp"
#include "io/loop.hpp"
#include "load/connection.hpp"
#include "load/job.hpp"

#include <atomic>
#include <deque>
#include <functional>
#include <optional>

namespace tws::load {

class Worker {
 public:
  // Takes the plan's connections number `first`, `first + step`, ..., and `requests` of its
  // requests. `on_tick` is called ten times a second, on the worker's thread.
  Worker(const Job& job, std::uint32_t first, std::uint32_t step, std::uint64_t requests,
         std::function<void(Tick)> on_tick);

  // The thread's function: runs until the deadline, the last request or stop().
  void run(Clock::time_point start);
  // Ends the run now. From any thread.
  void stop();

  // To be called once, after run(). The run ended at `end`, when the last worker had finished.
  void account_until(Clock::time_point end);

  // What was counted from one turn_of() to the next.
  struct Part {
    Tally tally;
    double cpu_seconds = 0;
    std::optional<double> waited_seconds;  // for a CPU
  };

  // Valid after run() and account_until(): the warm-up if there is one, then the run or its stages,
  // as far as this worker came. The last part is that in which it ended.
  const std::vector<Part>& parts() const { return parts_; }
  Clock::time_point ended_at() const { return ended_at_; }

 private:
  io::Spawned drive(Connection& connection);
  void sweep(Clock::time_point now);
  void hand_over_tick(Clock::time_point now);
  void turn(Clock::time_point now);
  void end_part(Tally next);
  void finish(Clock::time_point now);

  const Job& job_;
  const std::function<void(Tick)> on_tick_;

  io::Loop loop_;
  std::atomic<bool> stop_asked_ = false;
  Shared shared_;
  std::deque<Connection> connections_;
  std::size_t running_ = 0;  // coroutines that have not ended
  bool stopping_ = false;
  Clock::time_point start_;
  Clock::time_point ended_at_;
  std::vector<Part> parts_;
  // At the end of the last part.
  double cpu_seconds_ = 0;
  std::optional<double> waited_seconds_;
};

}  // namespace tws::load
