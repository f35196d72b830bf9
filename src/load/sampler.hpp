// Takes samples ten times a second while the workers work.
#pragma once

#include "load/server_watch.hpp"
#include "load/socket_watch.hpp"
#include "load/upstream_watch.hpp"
#include "load/way_watch.hpp"
#include "tws/load/engine.hpp"
#include "tws/measure/timeline.hpp"
#include "tws/support/asio.hpp"

#include <chrono>
#include <functional>
#include <optional>

namespace tws::load {

// To be used on the thread that runs `io`.
class Sampler {
 public:
  Sampler(asio::io_context& io, ServerWatch& servers, SocketWatch& sockets, WayWatch& way,
          UpstreamWatch& upstreams);

  // Starts sampling. `after_each` is called after each sample.
  void start(Clock::time_point start,
             std::function<void(std::chrono::nanoseconds elapsed)> after_each);
  // Cancels all work in progress, so that `io` has nothing more to do.
  void stop();

  void add(const Tick& tick) { timeline_.add(tick); }
  const Timeline& timeline() const { return timeline_; }
  Timeline take_timeline() { return std::move(timeline_); }

 private:
  void wait_for_sample(int number);
  void take_sample(std::chrono::nanoseconds elapsed);
  void correct_census();

  asio::io_context& io_;
  ServerWatch& servers_;
  SocketWatch& sockets_;
  WayWatch& way_;
  UpstreamWatch& upstreams_;
  Timer timer_{io_}, early_{io_};
  Clock::time_point start_;
  std::function<void(std::chrono::nanoseconds)> after_each_;
  bool stopped_ = false;

  Timeline timeline_;
  std::chrono::nanoseconds next_census_;
  std::optional<Census> last_census_;
  std::chrono::nanoseconds last_census_at_{};
};

}  // namespace tws::load
