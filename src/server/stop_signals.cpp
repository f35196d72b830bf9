#include "server/stop_signals.hpp"

#include <boost/system/error_code.hpp>

#include <csignal>
#include <cstdlib>
#include <utility>

namespace tws {
namespace {

// timeout(1) sends a signal to the program and to its process group, and a closing terminal may
// send SIGHUP twice.
constexpr std::chrono::milliseconds still_the_first{100};

}  // namespace

StopSignals::StopSignals(std::function<void()> stop) {
  signals_.add(SIGINT);
  signals_.add(SIGTERM);
  if (!is_ignored(SIGHUP)) signals_.add(SIGHUP);
  signals_.async_wait([this, stop = std::move(stop)](boost::system::error_code ec, int) {
    if (ec) return;
    first_at_ = Clock::now();
    stop();
    wait_for_second();
  });
  thread_ = std::thread([this] { context_.run(); });
  blocked_.emplace();
}

void StopSignals::wait_for_second() {
  signals_.async_wait([this](boost::system::error_code ec, int signal) {
    if (ec) return;
    if (Clock::now() - first_at_ > still_the_first) std::_Exit(128 + signal);
    wait_for_second();
  });
}

StopSignals::~StopSignals() {
  context_.stop();
  thread_.join();
}

}  // namespace tws
