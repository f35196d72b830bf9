// Accounts for one connection, which has one request at a time: the times of its steps, and the
// counters in which it ends. Each connection of the engine and of the simulation has a ledger. It
// uses no socket, coroutine or clock: the caller passes the time of each step.
//
// A request's life:
//   take  begin  (attempt  connected  (secured))  request  sent  first_byte  responded
// It may fail in any phase. At the end of the run it may be in flight or never begun.
#pragma once

#include "measure/pacer.hpp"
#include "tws/measure/failure.hpp"
#include "tws/measure/plan.hpp"
#include "tws/measure/tally.hpp"
#include "tws/measure/timeline.hpp"

#include <chrono>
#include <cstdint>

namespace tws {

// From one clock for the whole run; the engine uses steady_clock.
using Moment = std::chrono::steady_clock::time_point;

enum class Closer : std::uint8_t { client, server, reset };

// The counters that the ledgers of one worker share.
struct Books {
  Books() = default;
  Books(Moment start_of_run, bool has_rate)
      : start(start_of_run), load_start(start_of_run), paced(has_rate) {}

  Moment start;        // of the run: what is counted is timed from here
  Moment load_start;   // due times count from here: before the warm-up
  bool paced = false;  // with a rate: latency begins at the due time
  Statuses ok = usual_statuses;
  Tally tally;
  Tick tick;
  std::uint64_t open = 0;  // connections

  // At the end of the run: counts due requests that no connection took, `remaining` at most.
  void count_untaken(Pacer pacer, std::uint64_t taken, std::uint64_t remaining, Moment now);
  void count_never_begun(std::uint64_t number, Moment oldest_due, Moment now);
};

class Ledger {
 public:
  explicit Ledger(Books& books) : books_(&books), since_(books.start) {}
  // Its time counts from now on: the run's start, or when a connection joins a growing number.
  void join(Moment now) { since_ = now; }

  Phase phase() const { return phase_; }
  Moment since() const { return since_; }  // start of the current phase
  Moment begun() const { return begun_; }  // start of the write, or of the attempt it needs
  Moment due() const { return due_; }
  // No failure since the last response.
  bool succeeds() const { return pause_ == pause_.zero(); }

  // Takes the next request; `due` is only used with a rate.
  void take(Moment due);
  // Idle: the next request is not due yet, or there is none.
  void rest(Moment now) { enter(Phase::idle, now); }
  // Begins the request. `waited`: the connection waited for the due time, so the request is not
  // late.
  void begin(Moment now, bool waited);

  // On a new connection.
  void attempt(Moment now);
  // `handshakes`: TLS comes first.
  void connected(Moment now, bool handshakes = false);
  void secured(bool resumed, Moment now);
  void attempt_failed(FailureKind kind, Moment now);
  // On a kept connection.
  void request(Moment now);

  void sent(Moment now) { enter(Phase::wait, now); }
  void first_byte(Moment now);
  // The last byte has come. Returns the latency.
  std::chrono::nanoseconds responded(int status, std::uint64_t body_bytes, Moment now);
  // The server is to close the connection, and has not yet.
  void awaits_close(Moment now) { enter(Phase::close, now); }
  // `partial`: received bytes of the response's body.
  void request_failed(FailureKind kind, std::uint64_t partial, Moment now);
  // The server had closed before the request reached it, so it is sent again.
  void stale();

  // Begins the pause after a failure and returns its length.
  std::chrono::nanoseconds pause(Moment now);

  void closed(Closer closer);

  // A part of the run ends: what is under way is in flight in the books, and started in `next`, the
  // tally that they get for the next part.
  void turn(Tally& next, Moment now);

  // The run ends: a begun request counts as in flight. `partial`: see request_failed().
  void finish(std::uint64_t partial, Moment now);

 private:
  void enter(Phase phase, Moment now);
  void count_under_way(Phase phase, Moment now);
  // The connection ends, or the run does: its responses are compared with those of others.
  void compare();

  Books* books_;
  Moment since_;
  Moment due_;
  Moment begin_;  // start of the request's latency: see RequestTally::latency
  Moment begun_;
  Phase phase_ = Phase::idle;
  bool taken_ = false;                // it has a request that has not begun
  bool busy_ = false;                 // it has a request that has begun
  std::chrono::nanoseconds pause_{};  // the last pause; grows until something succeeds
  Moment failing_since_;              // valid while there is a pause
  // Of this connection, in seconds; see ConnectionSpread.
  std::uint64_t responses_ = 0;
  double sum_ = 0, sum_of_squares_ = 0;
};

}  // namespace tws
