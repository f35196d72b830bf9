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

StopSignals::StopSignals(std::function<void()> stop, std::function<void()> reload)
    : stop_(std::move(stop)), reload_(std::move(reload)) {
  signals_.add(SIGINT);
  signals_.add(SIGTERM);
  if (reload_ || !is_ignored(SIGHUP)) signals_.add(SIGHUP);
  wait();
  thread_ = std::thread([this] { context_.run(); });
  blocked_.emplace();
}

void StopSignals::wait() {
  signals_.async_wait([this](boost::system::error_code ec, int signal) {
    if (ec) return;
    take(signal);
    wait();
  });
}

void StopSignals::take(int signal) {
  if (signal == SIGHUP && reload_) return reload_();
  if (first_at_) {
    if (Clock::now() - *first_at_ > still_the_first) std::_Exit(128 + signal);
    return;
  }
  first_at_ = Clock::now();
  stop_();
}

StopSignals::~StopSignals() {
  context_.stop();
  thread_.join();
}

}  // namespace tws
