#include "measure/ledger.hpp"

#include "measure/pause.hpp"

#include <algorithm>

namespace tws {

void Books::count_never_begun(std::uint64_t number, Moment oldest_due, Moment now) {
  tally.never_begun += number;
  tally.oldest_never_begun = std::max(tally.oldest_never_begun, now - oldest_due);
}

void Books::count_untaken(Pacer pacer, std::uint64_t taken, std::uint64_t remaining, Moment now) {
  const auto due = pacer.due_by(now - load_start);
  if (due > taken && remaining > 0)
    count_never_begun(std::min(due - taken, remaining), load_start + pacer.due(taken), now);
}

void Ledger::enter(Phase phase, Moment now) {
  books_->tally.time_in_phase[index(phase_)] += now - since_;
  phase_ = phase;
  since_ = now;
}

void Ledger::take(Moment due) {
  due_ = due;
  taken_ = true;
  busy_ = false;
}

void Ledger::begin(Moment now, bool waited) {
  taken_ = false;
  busy_ = true;
  begun_ = now;
  begin_ = books_->paced ? due_ : now;
  if (!books_->paced) return;
  books_->tally.begin_delay.record(now - due_);
  if (!waited) ++books_->tally.begun_late;
}

void Ledger::attempt(Moment now) {
  enter(Phase::connect, now);
  begun_ = now;
  if (!books_->paced) begin_ = now;
  ++books_->tally.attempts_started;
}

void Ledger::connected(Moment now, bool handshakes) {
  Tally& tally = books_->tally;
  ++tally.attempts_connected;
  ++books_->tick.attempts;
  ++books_->tick.connected;
  tally.connect.record(now - begun_);
  tally.peak_open = std::max(tally.peak_open, ++books_->open);
  ++tally.requests_started;
  enter(handshakes ? Phase::handshake : Phase::write, now);
}

void Ledger::secured(bool resumed, Moment now) {
  Tally& tally = books_->tally;
  ++(resumed ? tally.handshakes_resumed : tally.handshakes_full);
  ++books_->tick.handshakes;
  tally.handshake.record(now - since_);
  enter(Phase::write, now);
}

void Ledger::attempt_failed(FailureKind kind, Moment now) {
  count(books_->tally.attempts_failed, kind, now - books_->start);
  ++books_->tick.attempts;
  ++books_->tick.errors;
  if (kind.cause == Cause::error) books_->tick.attempt_error = kind.error;
}

void Ledger::request(Moment now) {
  ++books_->tally.requests_started;
  enter(Phase::write, now);
}

void Ledger::first_byte(Moment now) {
  enter(Phase::read, now);
  books_->tally.first_byte.record(now - begin_);
}

std::chrono::nanoseconds Ledger::responded(int status, std::uint64_t body_bytes, Moment now) {
  const auto latency = now - begin_;
  Tally& tally = books_->tally;
  Tick& tick = books_->tick;
  ++tally.responses_by_status[static_cast<std::size_t>(status)];
  tally.body_bytes += body_bytes;
  if (books_->ok.test(static_cast<std::size_t>(status))) {
    tally.latency.record(latency);
    tick.latency.record(latency);
    ++tick.requests;
  } else {
    tally.latency_of_refused.record(latency);
    ++tick.errors;
  }
  const auto service = now - begun_;
  if (books_->paced) tally.service_time.record(service);
  const double seconds = std::chrono::duration<double>(service).count();
  ++responses_;
  sum_ += seconds;
  sum_of_squares_ += seconds * seconds;
  pause_ = pause_.zero();
  busy_ = false;
  return latency;
}

void Ledger::request_failed(FailureKind kind, std::uint64_t partial, Moment now) {
  if (phase_ == Phase::read) books_->tally.partial_body_bytes += partial;
  count(books_->tally.requests_failed, kind, now - books_->start);
  ++books_->tick.errors;
  if (kind.cause == Cause::tls) ++books_->tick.tls_faults;
}

void Ledger::stale() {
  ++books_->tally.stale_reuses;
  --books_->tally.requests_started;
}

std::chrono::nanoseconds Ledger::pause(Moment now) {
  if (succeeds()) failing_since_ = now;
  pause_ = next_pause(pause_);
  busy_ = true;
  enter(Phase::backoff, now);
  return pause_;
}

void Ledger::compare() {
  if (responses_ >= fewest_to_compare) {
    const auto responses = static_cast<double>(responses_);
    books_->tally.spread.merge({responses_, sum_, sum_of_squares_, sum_ * sum_ / responses});
    books_->tally.mean_by_connection.record(std::chrono::round<std::chrono::nanoseconds>(
        std::chrono::duration<double>(sum_ / responses)));
  }
  responses_ = 0;
  sum_ = sum_of_squares_ = 0;
}

void Ledger::closed(Closer closer) {
  compare();
  --books_->open;
  Tally& tally = books_->tally;
  switch (closer) {
    case Closer::client:
      ++tally.closed_by_client;
      break;
    case Closer::server:
      ++tally.closed_by_server;
      break;
    case Closer::reset:
      ++tally.closed_by_reset;
      break;
  }
}

void Ledger::count_under_way(Phase phase, Moment now) {
  if (taken_ && books_->paced && due_ <= now) books_->count_never_begun(1, due_, now);
  if (!busy_) return;
  const auto from = phase == Phase::backoff ? failing_since_ : begin_;
  books_->tally.in_flight.push_back({phase, now - from});
}

void Ledger::turn(Tally& next, Moment now) {
  compare();
  // The next part gets the whole of the phase when it ends, so what belongs to this one is taken
  // off now.
  const auto spent = now - since_;
  books_->tally.time_in_phase[index(phase_)] += spent;
  next.time_in_phase[index(phase_)] -= spent;
  count_under_way(phase_, now);
  if (busy_ && phase_ == Phase::connect) ++next.attempts_started;
  if (busy_ && is_request(phase_)) ++next.requests_started;
}

void Ledger::finish(std::uint64_t partial, Moment now) {
  const Phase phase = phase_;
  compare();
  rest(now);
  count_under_way(phase, now);
  if (busy_ && phase == Phase::read) books_->tally.partial_body_bytes += partial;
}

}  // namespace tws
