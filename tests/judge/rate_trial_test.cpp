#include "judge/rate_trial.hpp"

#include "report/example_runs.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>

namespace tws {
namespace {

RateTrial judged(Run run, std::string slo) {
  run.plan.thresholds = {std::move(slo)};
  return judged_trial({*run.plan.rate, 10, false}, run);
}

TEST(RateTrial, HoldsIfTheRateIsKeptAndTheLimitsPass) {
  const auto trial = judged(examples::rate_kept(), "p99 < 50ms");
  EXPECT_TRUE(trial.holds());
  EXPECT_EQ(trial.due, 10'000U);
  EXPECT_EQ(trial.never_begun, 0U);
  EXPECT_NEAR(trial.p99.value(), 0.011, 0.001);
  EXPECT_EQ(trial.verdict.limited_by, "rate");
}

TEST(RateTrial, MissesALimitThatTheServerMisses) {
  const auto trial = judged(examples::rate_kept(), "p99 < 5ms");
  EXPECT_EQ(trial.missed, Missed::slo);
  EXPECT_TRUE(trial.is_servers);
}

TEST(RateTrial, RequestsThatNeverBeganFailItWhateverTheLimitSays) {
  const auto trial = judged(examples::rate_missed(), "p99 < 1m");
  EXPECT_EQ(trial.missed, Missed::never_begun);
  EXPECT_EQ(trial.never_begun, 5000U);
}

TEST(RateTrial, ALatencyThatGrewAllTheWhileFailsIt) {
  auto run = examples::rate_kept();
  std::chrono::milliseconds time{10};
  for (Sample& sample : run.timeline) {
    Histogram latency(Histogram::two_digits);
    latency.record(time++, sample.requests);
    sample.latency = PackedHistogram(latency);
  }
  EXPECT_EQ(judged(run, "p99 < 50ms").missed, Missed::queue);
}

TEST(RateTrial, WhereHammerIsTheLimitItIsNotTheServer) {
  auto run = examples::rate_missed();
  run.plan.threads = 1;
  run.cpu.busy = run.cpu.busiest_thread = 1;
  run.cpu.servers.clear();
  const auto trial = judged(run, "p99 < 50ms");
  EXPECT_EQ(trial.verdict.limited_by, "client-cpu");
  EXPECT_FALSE(trial.is_servers);
}

TEST(RateTrial, AServerThatRefusesIsTheServer) {
  auto run = examples::rate_kept();
  run.tally.responses_by_status[503] = run.tally.responses_by_status[200] / 2;
  run.tally.responses_by_status[200] /= 2;
  run.tally.latency_of_refused = run.tally.latency;
  const auto trial = judged(run, "errors < 1%");
  EXPECT_EQ(trial.missed, Missed::slo);
  EXPECT_EQ(trial.verdict.limited_by, "refusals");
  EXPECT_TRUE(trial.is_servers);
}

// Searches whose trials are made up.
struct WhatStops : testing::Test {
  Search search{{.from = 100}};
  std::vector<RateTrial> trials;

  void add(double rate, Missed missed, const std::string& limited_by, double service_time = 0.02,
           std::uint32_t connections = 50) {
    for (int i = 0; i < 3; ++i) {
      RateTrial trial;
      trial.step = {rate, 3, false};
      trial.missed = missed;
      trial.verdict.limited_by = limited_by;
      trial.service_time = trial.fastest = service_time;
      trial.plan.connections = connections;
      trial.is_servers = limited_by != "client-cpu";
      search.add(trial.step, trial.holds());
      trials.push_back(trial);
    }
  }
};

TEST_F(WhatStops, IsNothingWhereAllHolds) {
  add(100, Missed::nothing, "rate");
  EXPECT_FALSE(what_stops(search, trials));
}

TEST_F(WhatStops, IsTheLowestRateThatDoesNotHoldAndSaysWhy) {
  add(100, Missed::nothing, "rate");
  add(200, Missed::queue, "none");
  add(400, Missed::never_begun, "server-cpu");
  add(800, Missed::never_begun, "client-cpu");
  const auto stop = what_stops(search, trials).value();
  EXPECT_EQ(stop.trial->step.rate, 400);
  EXPECT_TRUE(stop.is_servers());
}

TEST_F(WhatStops, IsTheLowestOneWhereNoneSaysWhy) {
  add(100, Missed::nothing, "rate");
  add(400, Missed::queue, "none");
  add(200, Missed::queue, "none");
  EXPECT_EQ(what_stops(search, trials).value().trial->step.rate, 200);
}

TEST_F(WhatStops, ARateThatHoldsSometimesTellsLessThanOneThatDoesNot) {
  add(100, Missed::nothing, "rate");
  add(200, Missed::slo, "machine-cpu");
  for (int i = 0; i < 2; ++i) search.add({200, 3, false}, true);
  add(400, Missed::queue, "server-cpu");
  ASSERT_EQ(search.holds(search.rates()[1]), Holds::sometimes);
  EXPECT_EQ(what_stops(search, trials).value().trial->step.rate, 400);
}

TEST_F(WhatStops, OneTrialThatWasDisturbedIsNotTheReason) {
  add(100, Missed::nothing, "rate");
  add(200, Missed::queue, "server-cpu");
  trials[3].verdict.limited_by = "client-cpu";
  EXPECT_EQ(what_stops(search, trials).value().trial->verdict.limited_by, "server-cpu");
}

TEST_F(WhatStops, HammerIsNotTheServer) {
  add(100, Missed::nothing, "rate");
  add(200, Missed::never_begun, "client-cpu");
  EXPECT_FALSE(what_stops(search, trials).value().is_servers());
}

TEST_F(WhatStops, ItLacksConnectionsWhereAllAreBusyAndTheServerIsAsFast) {
  add(100, Missed::nothing, "rate", 0.2, 30);
  add(200, Missed::never_begun, "server-latency", 0.2, 30);
  const auto stop = what_stops(search, trials).value();
  EXPECT_TRUE(stop.lacks_connections);
  EXPECT_FALSE(stop.is_servers());
}

TEST_F(WhatStops, AServerThatBecameSlowerIsTheServer) {
  add(100, Missed::nothing, "rate", 0.02, 30);
  add(200, Missed::never_begun, "server-latency", 0.2, 30);
  EXPECT_FALSE(what_stops(search, trials).value().lacks_connections);
}

TEST_F(WhatStops, AtTheFirstRateItsFastestAnswerTells) {
  add(100, Missed::never_begun, "server-latency", 1, 50);
  EXPECT_TRUE(what_stops(search, trials).value().lacks_connections);
}

}  // namespace
}  // namespace tws
