#include "measure/ledger.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>
#include <numeric>
#include <random>
#include <vector>

namespace tws {
namespace {

using namespace std::chrono_literals;

const Moment start{1h};

Moment at(std::chrono::nanoseconds time) {
  return start + time;
}

std::chrono::nanoseconds in(const Books& books, Phase phase) {
  return books.tally.time_in_phase[index(phase)];
}

struct Slot {
  explicit Slot(bool paced = false) : books(start, paced), ledger(books) {}
  Books books;
  Ledger ledger;
};

TEST(Ledger, ARequestOnANewConnectionIsCountedOnceAndItsTimeSplitByPhase) {
  Slot slot;
  Ledger& ledger = slot.ledger;
  ledger.take(start);
  ledger.begin(at(1ms), false);
  ledger.attempt(at(1ms));
  ledger.connected(at(3ms));
  ledger.sent(at(4ms));
  ledger.first_byte(at(9ms));
  ledger.responded(200, 19, at(11ms));
  ledger.closed(Closer::server);
  ledger.rest(at(12ms));
  const Tally& tally = slot.books.tally;
  EXPECT_EQ(tally.attempts_started, 1u);
  EXPECT_EQ(tally.attempts_connected, 1u);
  EXPECT_EQ(tally.requests_started, 1u);
  EXPECT_EQ(tally.responses(), 1u);
  EXPECT_EQ(tally.body_bytes, 19u);
  EXPECT_EQ(tally.peak_open, 1u);
  EXPECT_EQ(tally.closed_by_server, 1u);
  EXPECT_EQ(slot.books.open, 0u);
  EXPECT_DOUBLE_EQ(*tally.connect.max(), 2e-3);
  EXPECT_DOUBLE_EQ(*tally.first_byte.max(), 8e-3);
  EXPECT_DOUBLE_EQ(*tally.latency.max(), 10e-3);
  EXPECT_EQ(in(slot.books, Phase::idle), 1ms);
  EXPECT_EQ(in(slot.books, Phase::connect), 2ms);
  EXPECT_EQ(in(slot.books, Phase::write), 1ms);
  EXPECT_EQ(in(slot.books, Phase::wait), 5ms);
  EXPECT_EQ(in(slot.books, Phase::read), 3ms);  // until the end of the connection
  EXPECT_EQ(slot.books.tick.requests, 1u);
  EXPECT_EQ(slot.books.tick.errors, 0u);
}

TEST(Ledger, AHandshakeIsAPhaseOfItsOwn) {
  for (const bool resumed : {false, true}) {
    Slot slot;
    Ledger& ledger = slot.ledger;
    ledger.begin(start, false);
    ledger.attempt(start);
    ledger.connected(at(2ms), true);
    EXPECT_EQ(ledger.phase(), Phase::handshake);
    ledger.secured(resumed, at(5ms));
    EXPECT_EQ(ledger.phase(), Phase::write);
    ledger.sent(at(6ms));
    const Tally& tally = slot.books.tally;
    EXPECT_EQ(tally.handshakes_full, resumed ? 0u : 1u);
    EXPECT_EQ(tally.handshakes_resumed, resumed ? 1u : 0u);
    EXPECT_EQ(tally.requests_started, 1u);
    EXPECT_DOUBLE_EQ(*tally.connect.max(), 2e-3);
    EXPECT_DOUBLE_EQ(*tally.handshake.max(), 3e-3);
    EXPECT_EQ(in(slot.books, Phase::connect), 2ms);
    EXPECT_EQ(in(slot.books, Phase::handshake), 3ms);
    EXPECT_EQ(in(slot.books, Phase::write), 1ms);
    EXPECT_EQ(slot.books.tick.handshakes, 1u);
  }
}

TEST(Ledger, AHandshakeThatFailsIsAFailedRequest) {
  Slot slot;
  slot.ledger.begin(start, false);
  slot.ledger.attempt(start);
  slot.ledger.connected(at(2ms), true);
  slot.ledger.request_failed({Phase::handshake, TlsFault::expired}, 0, at(5ms));
  const Tally& tally = slot.books.tally;
  EXPECT_EQ(tally.requests_started, 1u);
  EXPECT_EQ(tally.requests_failed.at({Phase::handshake, TlsFault::expired}).count, 1u);
  EXPECT_TRUE(tally.handshake.empty());
  EXPECT_EQ(slot.books.tick.tls_faults, 1u);
  EXPECT_EQ(slot.books.tick.handshakes, 0u);
  slot.ledger.request_failed({Phase::handshake, Cause::closed}, 0, at(6ms));
  EXPECT_EQ(slot.books.tick.tls_faults, 1u);
}

TEST(Ledger, AStatusFrom400IsARefusalAndNoSuccess) {
  for (const int status : {399, 400}) {
    Slot slot;
    slot.ledger.begin(start, false);
    slot.ledger.request(start);
    slot.ledger.responded(status, 0, at(1ms));
    EXPECT_EQ(slot.books.tally.successes(), status == 399 ? 1u : 0u);
    EXPECT_EQ(slot.books.tally.latency.count(), status == 399 ? 1u : 0u);
    EXPECT_EQ(slot.books.tally.latency_of_refused.count(), status == 400 ? 1u : 0u);
    EXPECT_EQ(slot.books.tick.errors, status == 400 ? 1u : 0u);
  }
}

TEST(Ledger, WithARateLatencyBeginsWhenTheRequestWasDue) {
  Slot slot(true);
  slot.ledger.take(at(10ms));
  slot.ledger.begin(at(14ms), false);
  slot.ledger.attempt(at(14ms));
  slot.ledger.connected(at(15ms));
  slot.ledger.responded(200, 0, at(20ms));
  const Tally& tally = slot.books.tally;
  EXPECT_DOUBLE_EQ(*tally.latency.max(), 10e-3);
  EXPECT_DOUBLE_EQ(*tally.service_time.max(), 6e-3);
  EXPECT_DOUBLE_EQ(*tally.begin_delay.max(), 4e-3);
  EXPECT_EQ(tally.begun_late, 1u);
  // One that waited until it was due was not late, however late the worker was.
  slot.ledger.take(at(30ms));
  slot.ledger.begin(at(31ms), true);
  EXPECT_EQ(tally.begun_late, 1u);
  EXPECT_EQ(tally.begin_delay.count(), 2u);
}

TEST(Ledger, FailuresAreCountedByKindWithTheFirstOnesTime) {
  Slot slot;
  Ledger& ledger = slot.ledger;
  for (const auto time : {5ms, 7ms}) {
    ledger.begin(at(time), false);
    ledger.attempt(at(time));
    ledger.attempt_failed(EADDRNOTAVAIL, at(time));
    ledger.pause(at(time));
  }
  ledger.begin(at(9ms), false);
  ledger.attempt(at(9ms));
  ledger.connected(at(9ms));
  ledger.first_byte(at(9ms));
  ledger.request_failed({Phase::read, Cause::truncated}, 100, at(10ms));
  const Tally& tally = slot.books.tally;
  EXPECT_EQ(tally.attempts_failed.at(EADDRNOTAVAIL).count, 2u);
  EXPECT_EQ(tally.attempts_failed.at(EADDRNOTAVAIL).first, 5ms);
  EXPECT_EQ(tally.requests_failed.at({Phase::read, Cause::truncated}).first, 10ms);
  EXPECT_EQ(tally.partial_body_bytes, 100u);
  EXPECT_EQ(slot.books.tick.errors, 3u);
  EXPECT_EQ(slot.books.tick.attempt_error, EADDRNOTAVAIL);
}

TEST(Ledger, PausesGrowUntilSomethingSucceeds) {
  Slot slot;
  EXPECT_EQ(slot.ledger.pause(start), 1ms);
  EXPECT_EQ(slot.ledger.pause(start), 2ms);
  slot.ledger.responded(200, 0, start);
  EXPECT_EQ(slot.ledger.pause(start), 1ms);
}

TEST(Ledger, AStaleReuseWasNeverStarted) {
  Slot slot;
  slot.ledger.request(start);
  slot.ledger.stale();
  EXPECT_EQ(slot.books.tally.requests_started, 0u);
  EXPECT_EQ(slot.books.tally.stale_reuses, 1u);
}

TEST(Ledger, WhatIsUnderWayAtTheEndIsInFlightWithItsAge) {
  Slot slot;
  slot.ledger.begin(at(1ms), false);
  slot.ledger.request(at(1ms));
  slot.ledger.first_byte(at(2ms));
  slot.ledger.finish(7, at(5ms));
  const Tally& tally = slot.books.tally;
  ASSERT_EQ(tally.in_flight.size(), 1u);
  EXPECT_EQ(tally.in_flight[0].phase, Phase::read);
  EXPECT_EQ(tally.in_flight[0].age, 4ms);
  EXPECT_EQ(tally.partial_body_bytes, 7u);
}

TEST(Ledger, WhoPausesAtTheEndIsAsOldAsItsFirstFailure) {
  Slot slot;
  for (const auto time : {1ms, 3ms}) {
    slot.ledger.begin(at(time), false);
    slot.ledger.attempt(at(time));
    slot.ledger.attempt_failed(ECONNREFUSED, at(time));
    slot.ledger.pause(at(time));
  }
  slot.ledger.finish(0, at(5ms));
  ASSERT_EQ(slot.books.tally.in_flight.size(), 1u);
  EXPECT_EQ(slot.books.tally.in_flight[0].age, 4ms);
}

TEST(Ledger, ARequestThatWasDueAndNeverBegunIsCountedAndOneOfTheFutureIsNot) {
  Slot slot(true);
  slot.ledger.take(at(3ms));
  slot.ledger.finish(0, at(5ms));
  EXPECT_EQ(slot.books.tally.never_begun, 1u);
  EXPECT_EQ(slot.books.tally.oldest_never_begun, 2ms);
  Slot early(true);
  early.ledger.take(at(6ms));
  early.ledger.finish(0, at(5ms));
  EXPECT_EQ(early.books.tally.never_begun, 0u);
  EXPECT_TRUE(early.books.tally.in_flight.empty());
}

TEST(Ledger, RequestsThatNobodyTookAreCountedUpToThoseThatAreLeft) {
  const Pacer pacer(1000, 0, 1);  // due at 0.5, 1.5, 2.5, ... ms
  Books books(start, true);
  books.count_untaken(pacer, 2, 100, at(5ms));
  EXPECT_EQ(books.tally.never_begun, 3u);
  EXPECT_EQ(books.tally.oldest_never_begun, 2500us);
  books.count_untaken(pacer, 5, 100, at(5ms));
  EXPECT_EQ(books.tally.never_begun, 3u);
  books.count_untaken(pacer, 2, 1, at(5ms));
  EXPECT_EQ(books.tally.never_begun, 4u);
}

// Slots that do whatever may come next, at random, until the run ends.
class AnyOrder {
 public:
  AnyOrder(unsigned seed, bool paced) : random_(seed), books_(start, paced) {
    for (int i = 0; i < 5; ++i) slots_.emplace_back(books_);
    for (int i = 0; i < 500; ++i) {
      now_ += std::chrono::microseconds(random_() % 200);
      step(slots_[random_() % slots_.size()]);
    }
    for (One& slot : slots_) slot.ledger.finish(0, now_);
  }

  const Tally& tally() const { return books_.tally; }
  std::chrono::nanoseconds slot_time() const {
    return static_cast<std::int64_t>(slots_.size()) * (now_ - start);
  }
  std::uint64_t begun() const { return begun_; }

 private:
  struct One {
    explicit One(Books& books) : ledger(books) {}
    Ledger ledger;
    bool open = false, busy = false;
  };

  void step(One& slot) {
    Ledger& ledger = slot.ledger;
    if (!slot.busy) return begin(slot);
    switch (ledger.phase()) {
      case Phase::connect:
        if (random_() % 3 == 0) return fail(slot);
        slot.open = true;
        return ledger.connected(now_, random_() % 2 == 0);
      case Phase::handshake:
        if (random_() % 5 == 0) return fail(slot);
        return ledger.secured(random_() % 2 == 0, now_);
      case Phase::write:
        if (random_() % 5 == 0) return fail(slot);
        return ledger.sent(now_);
      case Phase::wait:
        if (random_() % 5 == 0) return fail(slot);
        return ledger.first_byte(now_);
      case Phase::read:
        if (random_() % 5 == 0) return fail(slot);
        ledger.responded(random_() % 2 == 0 ? 200 : 503, 10, now_);
        slot.busy = false;
        if (random_() % 4 == 0) ledger.awaits_close(now_);
        if (random_() % 2 == 0) close(slot);
        return;
      case Phase::close:
      case Phase::backoff:
      case Phase::idle:
        return begin(slot);
    }
  }

  void begin(One& slot) {
    slot.ledger.take(now_);
    if (random_() % 4 == 0) slot.ledger.rest(now_);
    slot.ledger.begin(now_, random_() % 2 == 0);
    slot.busy = true;
    ++begun_;
    if (slot.open)
      slot.ledger.request(now_);
    else
      slot.ledger.attempt(now_);
  }

  void fail(One& slot) {
    if (!slot.open) {
      slot.ledger.attempt_failed(ECONNREFUSED, now_);
    } else {
      slot.ledger.request_failed({slot.ledger.phase(), Cause::timeout}, 5, now_);
      close(slot);
    }
    slot.ledger.pause(now_);
  }

  void close(One& slot) {
    slot.open = false;
    slot.ledger.closed(static_cast<Closer>(random_() % 3));
  }

  std::mt19937 random_;
  Moment now_ = start;
  Books books_;
  std::vector<One> slots_;
  std::uint64_t begun_ = 0;
};

TEST(Ledger, WhateverTheOrderTimeIsConservedAndEachEndsInOneCounter) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    const AnyOrder run(seed, seed % 2 == 0);
    const Tally& tally = run.tally();
    const auto& times = tally.time_in_phase;
    EXPECT_EQ(std::accumulate(times.begin(), times.end(), std::chrono::nanoseconds{}),
              run.slot_time());
    std::uint64_t connecting = 0, asking = 0;
    for (const auto& one : tally.in_flight) {
      connecting += one.phase == Phase::connect;
      asking += one.phase == Phase::handshake || one.phase == Phase::write ||
                one.phase == Phase::wait || one.phase == Phase::read;
    }
    EXPECT_EQ(tally.attempts_started,
              tally.attempts_connected + total(tally.attempts_failed) + connecting);
    EXPECT_EQ(tally.requests_started, tally.responses() + total(tally.requests_failed) + asking);
    EXPECT_EQ(tally.responses(), tally.latency.count() + tally.latency_of_refused.count());
    EXPECT_EQ(run.begun(), tally.responses() + total(tally.requests_failed) +
                               total(tally.attempts_failed) + connecting + asking);
  }
}

}  // namespace
}  // namespace tws
