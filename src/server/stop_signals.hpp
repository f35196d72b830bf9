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
  // with exit code 128 + its number; signals within 100 ms of the first don't count. If SIGHUP is
  // ignored, as under nohup(1), it stays so.
  explicit StopSignals(std::function<void()> stop);
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

 private:
  void wait_for_second();

  boost::asio::io_context context_{1};
  boost::asio::signal_set signals_{context_};
  Clock::time_point first_at_;
  std::thread thread_;                         // the only thread that receives signals
  std::optional<StopSignalsBlocked> blocked_;  // in the thread that made this object
};

}  // namespace tws
