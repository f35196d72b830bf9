// Tallies one after the other, and a stage as a run of its own.
#include "measure/stages.hpp"

#include "measure/ledger.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <utility>

namespace tws {
namespace {

using namespace std::chrono_literals;

const Moment start{1h};

Moment at(std::chrono::nanoseconds time) {
  return start + time;
}

std::uint64_t under_way(const Tally& tally) {
  std::uint64_t count = 0;
  for (const InFlight& one : tally.in_flight) count += is_request(one.phase);
  return count;
}

void expect_complete(const Tally& tally) {
  EXPECT_EQ(tally.requests_started,
            tally.responses() + total(tally.requests_failed) + under_way(tally));
}

TEST(Turn, ARequestThatIsUnderWayIsInFlightBeforeAndStartedAfter) {
  Books books(start, false);
  Ledger ledger(books);
  ledger.begin(start, false);
  ledger.attempt(start);
  ledger.connected(at(1ms));
  ledger.sent(at(2ms));
  Tally next;
  ledger.turn(next, at(10ms));
  Tally first = std::exchange(books.tally, next);
  ASSERT_EQ(first.in_flight.size(), 1u);
  EXPECT_EQ(first.in_flight[0], (InFlight{Phase::wait, 10ms}));
  EXPECT_EQ(first.time_in_phase[index(Phase::wait)], 8ms);
  expect_complete(first);
  ledger.first_byte(at(15ms));
  ledger.responded(200, 5, at(16ms));
  ledger.finish(0, at(20ms));
  const Tally& second = books.tally;
  expect_complete(second);
  EXPECT_EQ(second.requests_started, 1u);
  EXPECT_EQ(second.attempts_started, 0u);
  EXPECT_EQ(second.time_in_phase[index(Phase::wait)], 5ms);
  EXPECT_DOUBLE_EQ(*second.latency.max(), 16e-3);  // all of it

  first.append(second);
  expect_complete(first);
  EXPECT_EQ(first.requests_started, 1u);
  EXPECT_EQ(first.attempts_started, 1u);
  EXPECT_TRUE(first.in_flight.empty());
  EXPECT_EQ(first.time_in_phase[index(Phase::wait)], 13ms);
}

TEST(Turn, AnAttemptThatIsUnderWayIsStartedAfter) {
  Books books(start, false);
  Ledger ledger(books);
  ledger.begin(start, false);
  ledger.attempt(start);
  Tally next;
  ledger.turn(next, at(1ms));
  EXPECT_EQ(next.attempts_started, 1u);
  EXPECT_EQ(next.requests_started, 0u);
  Tally first = std::exchange(books.tally, std::exchange(next, Tally()));
  ledger.attempt_failed(ECONNREFUSED, at(2ms));
  ledger.pause(at(2ms));
  ledger.turn(next, at(3ms));
  EXPECT_EQ(next.attempts_started, 0u);  // it pauses
  first.append(books.tally);
  EXPECT_EQ(first.attempts_started, 1u);
  EXPECT_EQ(total(first.attempts_failed), 1u);
}

TEST(Turn, WhatIsDueAndHasNotBegunIsDueAfter) {
  Books books(start, true);
  Ledger ledger(books);
  ledger.take(at(3ms));
  Tally next;
  ledger.turn(next, at(5ms));
  EXPECT_EQ(books.tally.never_begun, 1u);
  Tally first = std::exchange(books.tally, next);
  ledger.begin(at(6ms), false);
  EXPECT_EQ(books.tally.due(), 1u);
  EXPECT_EQ(books.tally.begun_late, 1u);
  first.append(books.tally);
  EXPECT_EQ(first.due(), 1u);
  EXPECT_EQ(first.never_begun, 0u);
  EXPECT_EQ(first.oldest_never_begun, 0ns);
}

TEST(Turn, PeaksAreNotAddedUpInTime) {
  Tally first, second;
  first.peak_open = 7;
  second.peak_open = 5;
  first.append(second);
  EXPECT_EQ(first.peak_open, 7u);
}

// Two stages of 2 s each: 100/s, and from 100 to 300/s.
Run two_stages() {
  Run run;
  run.plan.profile.stages = {{2s, 100, 100}, {2s, 100, 300}};
  run.plan.duration = 4s;
  run.seconds = 4;
  run.stages.resize(2);
  run.stages[0].seconds = 2;
  run.stages[1].from = run.stages[1].seconds = 2;
  run.stages[1].tally.attempts_failed[EADDRNOTAVAIL] = {3, 2500ms};
  for (int i = 1; i <= 40; ++i) {
    Sample sample;
    sample.t = i / 10.0;
    sample.requests = i <= 20 ? 10 : static_cast<std::uint64_t>(10 + (i - 20));
    run.timeline.push_back(sample);
  }
  return run;
}

TEST(Stages, EachIsARunOfItsOwn) {
  const auto run = two_stages();
  const auto second = stage_run(run, 1);
  EXPECT_EQ(second.seconds, 2);
  EXPECT_EQ(second.plan.rate, 200);
  EXPECT_EQ(second.plan.duration, 2s);
  EXPECT_TRUE(second.stages.empty());
  ASSERT_EQ(second.timeline.size(), 20u);
  EXPECT_NEAR(second.timeline.front().t, 0.1, 1e-9);
  EXPECT_EQ(second.timeline.back().requests, 30u);
  EXPECT_EQ(second.tally.attempts_failed.at(EADDRNOTAVAIL).first, 500ms);
  EXPECT_EQ(stage_run(run, 0).plan.rate, 100);
}

TEST(Stages, ARampIsFollowedUntilLessComesBackThanIsAskedFor) {
  auto run = two_stages();
  EXPECT_FALSE(followed(stage_run(run, 1)));
  for (std::size_t i = 30; i < 40; ++i) run.timeline[i].requests = 20;  // 200/s is all it can do
  const auto kept = followed(stage_run(run, 1));
  ASSERT_TRUE(kept);
  EXPECT_NEAR(kept->seconds, 1.2, 0.15);
  EXPECT_NEAR(kept->rate, 220, 15);
  for (std::size_t i = 20; i < 40; ++i) run.timeline[i].requests = 0;
  EXPECT_EQ(followed(stage_run(run, 1))->seconds, 0);
}

TEST(Stages, WhatIsPlannedAtATime) {
  const auto profile = two_stages().plan.profile;
  EXPECT_EQ(planned_at(profile, 1), 100);
  EXPECT_EQ(planned_at(profile, 3), 200);
  EXPECT_EQ(planned_at(profile, 9), 300);
  EXPECT_EQ(planned_at({}, 1), 0);
}

}  // namespace
}  // namespace tws
