// Watches the run, or a stage of it, from outside of the workers: the servers, what the kernel
// counts, the machine's CPU.
#pragma once

#include "load/server_watch.hpp"
#include "load/upstream_watch.hpp"
#include "load/way_watch.hpp"
#include "tws/load/engine.hpp"
#include "tws/support/asio.hpp"

#include <functional>
#include <optional>

namespace tws::load {

class PartWatch {
 public:
  explicit PartWatch(const Prepared& prepared);

  // Right before the part. Throws RunError if the server's admin listener no longer answers.
  void begin();
  // The part's times are since then.
  void set_start(Clock::time_point start) { start_ = start; }
  // With every sample.
  void look(Clock::time_point now);
  // Only at what may be gone soon.
  void look_early(Clock::time_point now);
  // Once a second; see ServerWatch::look().
  void look_at_servers(asio::io_context& io, std::function<void()> on_news);
  void cancel() { servers_.cancel(); }
  // Right after it, when run.seconds is known.
  void end(Run& run);

  ServerWatch& servers() { return servers_; }

 private:
  const Job& job_;
  ServerWatch servers_;
  WayWatch way_;
  UpstreamWatch upstreams_;
  std::optional<double> machine_before_;
  std::optional<CpuQuota> quota_before_;
  Counters counters_before_;
  Clock::time_point start_;
};

}  // namespace tws::load
