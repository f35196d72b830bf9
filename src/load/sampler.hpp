// Takes samples ten times a second while the workers work.
#pragma once

#include "load/part_watch.hpp"
#include "load/socket_watch.hpp"
#include "tws/load/engine.hpp"
#include "tws/measure/timeline.hpp"
#include "tws/support/asio.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <vector>

namespace tws::load {

// To be used on the thread that runs `io`.
class Sampler {
 public:
  Sampler(asio::io_context& io, SocketWatch& sockets);

  // Starts sampling. `after_each` is called after each sample, and during the warm-up without one:
  // then `elapsed` is below 0. `on_turn` is called at each of the `turns`, which are since the
  // beginning of the load; see turns_of().
  void start(Clock::time_point load_start, const Plan& plan,
             std::function<void(std::chrono::nanoseconds elapsed)> after_each,
             std::function<void(std::size_t turn)> on_turn);
  // What looks with each sample from now on.
  void watch(std::vector<PartWatch*> parts) { parts_ = std::move(parts); }
  // Cancels all work in progress, so that `io` has nothing more to do.
  void stop();

  void add(Tick tick);
  const Timeline& timeline() const { return timeline_; }
  // Of the load before the run, from its beginning on.
  const Timeline& warm_up() const { return warm_up_; }
  Timeline take_timeline() { return std::move(timeline_); }

 private:
  void look_early();
  void wait_for_turn(std::size_t number);
  void wait_for_sample(int number);
  void take_sample(std::chrono::nanoseconds elapsed);
  void correct_census(PartWatch& part);

  asio::io_context& io_;
  SocketWatch& sockets_;
  std::vector<PartWatch*> parts_;
  Timer timer_{io_}, early_{io_}, turn_{io_};
  Clock::time_point start_;  // of the run, after a warm-up
  std::chrono::nanoseconds warm_up_length_{};
  std::vector<std::chrono::nanoseconds> turns_;
  std::function<void(std::chrono::nanoseconds)> after_each_;
  std::function<void(std::size_t)> on_turn_;
  bool stopped_ = false;

  Timeline timeline_, warm_up_;
  std::chrono::nanoseconds next_census_;
  std::optional<Census> last_census_;
  std::chrono::nanoseconds last_census_at_{};
};

}  // namespace tws::load
