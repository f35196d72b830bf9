#include "tws/server/stop_signals.hpp"

#include <boost/system/error_code.hpp>

#include <csignal>
#include <cstdlib>
#include <utility>

namespace tws {

StopSignals::StopSignals(std::function<void()> stop) {
  signals_.add(SIGINT);
  signals_.add(SIGTERM);
  signals_.async_wait([this, stop = std::move(stop)](boost::system::error_code ec, int) {
    if (ec) return;
    stop();
    signals_.async_wait([](boost::system::error_code second_ec, int signal) {
      if (!second_ec) std::_Exit(128 + signal);
    });
  });
  thread_ = std::thread([this] { context_.run(); });
  blocked_.emplace();
}

StopSignals::~StopSignals() {
  context_.stop();
  thread_.join();
}

}  // namespace tws
