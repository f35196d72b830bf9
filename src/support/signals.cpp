#include "tws/support/signals.hpp"

#include <ctime>

namespace tws {
namespace {

std::time_t taken_at;  // seconds; set before the handler is

std::time_t now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec;
}

// Calls only what signal-safety(7) allows.
void end_if_meant(int number) {
  if (now() - taken_at <= 1) return;
  std::signal(number, SIG_DFL);
  std::raise(number);
}

}  // namespace

bool is_ignored(int signal) {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

void take_signals_once_more() {
  taken_at = now();
  for (const int number : {SIGINT, SIGTERM, SIGHUP})
    if (!is_ignored(number)) std::signal(number, end_if_meant);
}

}  // namespace tws
