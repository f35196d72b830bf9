// The signals that end a program: SIGINT, SIGTERM and SIGHUP.
#pragma once

#include <atomic>
#include <csignal>
#include <initializer_list>
#include <optional>

namespace tws {

// While this lives, the thread that made it and the threads that it starts get none of them: they
// go to another thread, and system calls of these are not interrupted.
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

// As nohup(1) makes SIGHUP: whoever starts a program that way wants it to stay so.
bool is_ignored(int signal);

// While this lives, the first of SIGINT, SIGTERM and SIGHUP asks for a stop instead of ending the
// program. Those that come within the next second do nothing: timeout(1) sends a signal twice, and
// that is one. A later one ends the program at once. After a first signal that stays so when this
// is gone; without one, signals end the program again. What is ignored stays ignored. One at a
// time.
class StopOnSignals {
 public:
  StopOnSignals();
  ~StopOnSignals();
  StopOnSignals(const StopOnSignals&) = delete;
  StopOnSignals& operator=(const StopOnSignals&) = delete;

  const std::atomic<bool>& stop_asked() const;
  // The first one.
  std::optional<int> taken() const;
};

}  // namespace tws
