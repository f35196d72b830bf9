// The workers of a run, and their threads.
#pragma once

#include "load/job.hpp"
#include "load/worker.hpp"
#include "tws/measure/run.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace tws::load {

class Crew {
 public:
  // Makes the workers but does not start them: this takes a millisecond, which would delay the
  // first requests. `on_tick` is called on their threads. Throws RunError.
  Crew(const Job& job, const std::function<void(Tick)>& on_tick);
  ~Crew();
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  // Starts the threads. `on_end` is called on the last one that ends. Throws RunError.
  void start(Clock::time_point start, std::function<void()> on_end);
  // Stops all workers now.
  void stop();
  // Waits until all have ended. Returns the time at which the last one did.
  Clock::time_point finish();

  // Valid after finish(): how many parts of the plan were begun (turns_of()), and what was counted
  // in the parts `first` to `last`, which took `seconds`; with hammer's own CPU time.
  std::size_t parts() const;
  void tell(std::size_t first, std::size_t last, double seconds, Tally& to, Cpu& cpu) const;

 private:
  void join();
  [[noreturn]] void fail(int error) const;

  const Job& job_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::thread> threads_;
  std::atomic<std::size_t> running_ = 0;
};

}  // namespace tws::load
