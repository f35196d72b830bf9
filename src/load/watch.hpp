// Watches the load from outside of its workers, and makes a Run of what it and they have seen.
#pragma once

#include "load/crew.hpp"
#include "load/part_watch.hpp"
#include "load/sampler.hpp"
#include "load/socket_watch.hpp"
#include "tws/load/engine.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

namespace tws::load {

// To be used on the thread that runs `io`.
class Watch {
 public:
  Watch(const Prepared& prepared, asio::io_context& io);

  Sampler& sampler() { return sampler_; }
  const Run& run() const { return run_; }

  // Right before the load. Throws RunError if the server's admin listener does not answer.
  void begin();
  // The load began at `start`. `after_each`: see Sampler::start().
  void start(Clock::time_point start,
             std::function<void(std::chrono::nanoseconds elapsed)> after_each);
  // It ended at `end`; `crew` has finished.
  Run finish(const Crew& crew, Clock::time_point end) &&;

 private:
  bool has_begun() const { return run_start_ != Clock::time_point{}; }
  void begin_run(Clock::time_point start);
  void turn(std::size_t number);
  void begin_stage(Clock::time_point start, const std::optional<Census>& sockets);
  void end_stage(Clock::time_point end, const std::optional<Census>& sockets);
  void finish_stages(const Crew& crew, std::size_t first);

  const Prepared& prepared_;
  const Plan& plan_;
  Run run_;
  PartWatch whole_;
  SocketWatch sockets_;
  Sampler sampler_;
  // Of each stage so far: an answer of the server to an old one may still come.
  std::vector<std::unique_ptr<PartWatch>> stages_;
  Clock::time_point load_start_, run_start_;  // the run begins after the warm-up
};

}  // namespace tws::load
