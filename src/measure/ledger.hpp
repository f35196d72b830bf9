// The book of one request slot, which has one request at a time: when each of its steps came, and
// the counters that it ends in. A connection of the engine has one, and so has one of the
// simulation. No socket, no coroutine, no clock: each step is told when it is.
//
// A request's life:  take  begin  (attempt  connected)  request  sent  first_byte  responded
// It may fail in any phase. At the end of the run it is in flight, or was never begun.
#pragma once

#include "measure/pacer.hpp"
#include "tws/measure/failure.hpp"
#include "tws/measure/tally.hpp"
#include "tws/measure/timeline.hpp"

#include <chrono>
#include <cstdint>

namespace tws {

// Any clock's, the same one for all of a run. The engine's is steady_clock.
using Moment = std::chrono::steady_clock::time_point;

enum class Closer : std::uint8_t { client, server, reset };

// What the ledgers of one worker write into.
struct Books {
  Books() = default;
  Books(Moment start_of_run, bool has_rate) : start(start_of_run), paced(has_rate) {}

  Moment start;        // of the run
  bool paced = false;  // with a rate: a request's latency begins when it was due
  Tally tally;
  Tick tick;
  std::uint64_t open = 0;  // connections

  // The end of the run, for requests that are due and that no slot has taken: `remaining` at most.
  void count_untaken(const Pacer& pacer, std::uint64_t taken, std::uint64_t remaining, Moment now);
  void count_never_begun(std::uint64_t number, Moment oldest_due, Moment now);
};

class Ledger {
 public:
  explicit Ledger(Books& books) : books_(&books), since_(books.start) {}
  // Where the run's start was not known before.
  void begin_run() { since_ = books_->start; }

  Phase phase() const { return phase_; }
  Moment since() const { return since_; }  // when it entered that phase
  Moment begun() const { return begun_; }  // the request's write, or the attempt that it needs
  Moment due() const { return due_; }
  // The last response was followed by no failure.
  bool succeeds() const { return pause_ == pause_.zero(); }

  // The next request; `due` counts with a rate only.
  void take(Moment due);
  // There is nothing to do: the next request is not due yet, or there is none.
  void rest(Moment now) { enter(Phase::idle, now); }
  // The request begins. `waited`: for its due time, and not for a connection.
  void begin(Moment now, bool waited);

  // On a connection that has to be opened first.
  void attempt(Moment now);
  void connected(Moment now);
  void attempt_failed(FailureKind kind, Moment now);
  // On one that was kept.
  void request(Moment now);

  void sent(Moment now) { enter(Phase::wait, now); }
  void first_byte(Moment now);
  // The last byte. The connection may stay: the time until its end counts as read.
  void responded(int status, std::uint64_t body_bytes, Moment now);
  // `partial`: bytes of its response's body that had come.
  void request_failed(FailureKind kind, std::uint64_t partial, Moment now);
  // The server had closed before the request reached it: it is sent again.
  void stale();

  // After a failure. How long.
  std::chrono::nanoseconds pause(Moment now);

  void closed(Closer closer);

  // The run ends: a request that has begun is in flight. `partial`: as above.
  void finish(std::uint64_t partial, Moment now);

 private:
  void enter(Phase phase, Moment now);

  Books* books_;
  Moment since_;
  Moment due_;
  Moment begin_;  // of the request's latency: see RequestTally::latency
  Moment begun_;
  Phase phase_ = Phase::idle;
  bool taken_ = false;                // a request that has not begun
  bool busy_ = false;                 // with one that has
  std::chrono::nanoseconds pause_{};  // the last one, growing while nothing succeeds
  Moment failing_since_;              // meaningful while there is one
};

}  // namespace tws
