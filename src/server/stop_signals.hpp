// SIGINT, SIGTERM and SIGHUP, as long as this object lives.
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
  // Calls `stop`, on a thread of its own, at the first signal; the second one ends the process at
  // once with exit code 128 + its number. One that comes twice at once is one. SIGHUP stays ignored
  // where it is, as under nohup(1).
  explicit StopSignals(std::function<void()> stop);
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

 private:
  void wait_for_second();

  boost::asio::io_context context_{1};
  boost::asio::signal_set signals_{context_};
  Clock::time_point first_at_;
  std::thread thread_;                         // the only one that takes signals
  std::optional<StopSignalsBlocked> blocked_;  // in the thread that made this object
};

}  // namespace tws
