// The signals that end a program: SIGINT, SIGTERM and SIGHUP.
#pragma once

#include <atomic>
#include <csignal>
#include <initializer_list>
#include <optional>

namespace tws {

// While this object lives, the thread that made it and threads started by that thread receive none
// of these signals. Other threads get them, so system calls of the blocked threads are not
// interrupted.
class StopSignalsBlocked {
 public:
  StopSignalsBlocked() {
    sigset_t blocked;
    sigemptyset(&blocked);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&blocked, signal);
    pthread_sigmask(SIG_BLOCK, &blocked, &before_);
  }
  ~StopSignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  StopSignalsBlocked(const StopSignalsBlocked&) = delete;
  StopSignalsBlocked& operator=(const StopSignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

// Whether a signal is ignored, as SIGHUP is under nohup(1); it should then stay ignored.
bool is_ignored(int signal);

// While this object lives, the first SIGINT, SIGTERM or SIGHUP asks for a stop instead of ending
// the program. Signals within the next second have no effect, because timeout(1) sends its signal
// twice. A later signal ends the program at once. After a first signal this behaviour outlives the
// object; without one, signals end the program again. Ignored signals stay ignored. Within the
// life of one such object others change nothing. All belong to one thread.
class StopOnSignals {
 public:
  StopOnSignals();
  ~StopOnSignals();
  StopOnSignals(const StopOnSignals&) = delete;
  StopOnSignals& operator=(const StopOnSignals&) = delete;

  const std::atomic<bool>& stop_asked() const;
  // The first signal.
  static std::optional<int> taken();
};

}  // namespace tws
