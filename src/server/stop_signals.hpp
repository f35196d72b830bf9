// Handles SIGINT, SIGTERM and SIGHUP while this object lives.
#pragma once

#include "support/signals.hpp"
#include "tws/support/asio.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <functional>
#include <optional>
#include <thread>

namespace tws {

class StopSignals {
 public:
  // Calls `stop` on its own thread at the first signal. The second signal ends the process at once
  // with exit code 128 + its number; signals within 100 ms of the first don't count. If there is a
  // `reload`, each SIGHUP calls it instead. If there is none and SIGHUP is ignored, as under
  // nohup(1), it stays so.
  explicit StopSignals(std::function<void()> stop, std::function<void()> reload = {});
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

 private:
  void wait();
  void take(int signal);

  std::function<void()> stop_, reload_;
  boost::asio::io_context context_{1};
  boost::asio::signal_set signals_{context_};
  std::optional<Clock::time_point> first_at_;
  std::thread thread_;                         // the only thread that receives signals
  std::optional<StopSignalsBlocked> blocked_;  // in the thread that made this object
};

}  // namespace tws
