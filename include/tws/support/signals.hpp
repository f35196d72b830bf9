// Which thread takes the signals that end a program.
#pragma once

#include <csignal>
#include <initializer_list>

namespace tws {

// While this lives, SIGINT, SIGTERM and SIGHUP pass over the thread that made it and the threads
// that it starts: they go to another thread, and the system calls of this one are not interrupted.
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

// From now on SIGINT, SIGTERM and SIGHUP do nothing for a second, and end the program after it: a
// signal that comes twice at once, as timeout(1) sends it, is one, and whoever sends it again means
// it. What is ignored stays ignored.
void take_signals_once_more();

}  // namespace tws
