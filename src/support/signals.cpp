#include "support/signals.hpp"

#include <cstdint>
#include <ctime>

namespace tws {
namespace {

constexpr int stop_signals[] = {SIGINT, SIGTERM, SIGHUP};

// A signal handler may only use lock-free atomics.
std::atomic<bool> asked = false;
// The first signal and its time: number + 256 * seconds. One word, because a second signal may
// interrupt the handler of the first. 0: none.
std::atomic<std::int64_t> first = 0;
int living = 0;  // objects of StopOnSignals
static_assert(std::atomic<bool>::is_always_lock_free);
static_assert(std::atomic<std::int64_t>::is_always_lock_free);

std::int64_t now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec;
}

// Calls only functions that signal-safety(7) allows.
void take(int number) {
  std::int64_t before = 0;
  if (first.compare_exchange_strong(before, 256 * now() + number)) {
    asked = true;
    return;
  }
  if (now() - before / 256 <= 1) return;
  std::signal(number, SIG_DFL);
  std::raise(number);
}

void handle(void (*handler)(int)) {
  for (const int number : stop_signals)
    if (!is_ignored(number)) std::signal(number, handler);
}

}  // namespace

bool is_ignored(int signal) {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

StopOnSignals::StopOnSignals() {
  if (living++ > 0) return;
  asked = false;
  first = 0;
  handle(take);
}

StopOnSignals::~StopOnSignals() {
  if (--living == 0 && !taken()) handle(SIG_DFL);
}

const std::atomic<bool>& StopOnSignals::stop_asked() const {
  return asked;
}

std::optional<int> StopOnSignals::taken() {
  const std::int64_t signal = first;
  if (signal == 0) return {};
  return static_cast<int>(signal % 256);
}

}  // namespace tws
