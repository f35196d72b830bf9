// What a mean hides: a change during the run, targets and connections that differ.
#include "diagnose/runs.hpp"
#include "diagnose/trend.hpp"

#include <gmock/gmock.h>

#include <functional>
#include <random>

namespace tws {
namespace {

using namespace diagnosis;
using testing::HasSubstr;
using testing::Not;

// 10 s of samples, with so many successes each, of that latency.
Run over_time(
    const std::function<double(int)>& successes,
    const std::function<double(int)>& latency = [](int) { return 0.005; }) {
  Run run = plain();
  run.cpu.busy = run.cpu.busiest_thread = 0.1;
  run.tally.latency.clear();
  for (int i = 0; i < 100; ++i) {
    Histogram of_sample{Histogram::two_digits};
    Sample sample;
    sample.t = (i + 1) / 10.0;
    sample.requests = static_cast<std::uint64_t>(successes(i));
    const std::chrono::nanoseconds each(static_cast<std::int64_t>(latency(i) * 1e9));
    of_sample.record(each, sample.requests);
    run.tally.latency.record(each, sample.requests);
    sample.latency = PackedHistogram(of_sample);
    run.timeline.push_back(sample);
  }
  run.tally.responses_by_status = {};
  run.tally.responses_by_status[200] = run.tally.latency.count();
  return run;
}

TEST(Trend, NeedsASteadyChangeThatIsNotByChance) {
  std::vector<double> values;
  for (int i = 0; i < 30; ++i) values.push_back(100 + i);
  ASSERT_TRUE(trend_of(values));
  EXPECT_EQ(trend_of(values)->first, 104.5);
  EXPECT_EQ(trend_of(values)->last, 124.5);
  EXPECT_FALSE(trend_of({values.begin(), values.begin() + 14}));
  for (int i = 10; i < 20; ++i)
    values[static_cast<std::size_t>(i)] = 10;  // only the middle differs
  EXPECT_FALSE(trend_of(values));
}

TEST(Trend, ChanceIsOneInAHundredAtMost) {
  std::mt19937 random(1);
  std::normal_distribution<double> noise(100, 30);
  int found = 0;
  for (int i = 0; i < 2000; ++i) {
    std::vector<double> values(40);
    for (double& value : values) value = noise(random);
    found += trend_of(values).has_value();
  }
  EXPECT_LE(found, 20);
}

TEST(Drift, ARateThatFallsAndOneThatRises) {
  const auto falls = diagnose(over_time([](int i) { return 200 - i; }));
  const auto* found = find(falls, "drift");
  ASSERT_TRUE(found);
  EXPECT_THAT(found->headline, HasSubstr("fell during the run: 1,835/s in its first third"));
  EXPECT_EQ(found->severity, Severity::warning);
  EXPECT_THAT(falls.verdict.sentence, HasSubstr("The rate changed during the run (drift)."));
  const auto rises = diagnose(over_time([](int i) { return i < 50 ? 50 : 200; }));
  ASSERT_TRUE(find(rises, "drift"));
  EXPECT_THAT(find(rises, "drift")->headline, HasSubstr("rose"));
}

TEST(Drift, NotWhereItIsSmallOrNoise) {
  std::mt19937 random(1);
  std::normal_distribution<double> noise(100, 30);
  EXPECT_FALSE(find(diagnose(over_time([](int i) { return 200 - i / 3; })), "drift"));
  EXPECT_FALSE(
      find(diagnose(over_time([&](int) { return std::max(noise(random), 1.0); })), "drift"));
  EXPECT_FALSE(find(diagnose(over_time([](int i) { return i % 2 ? 100 : 300; })), "drift"));
}

TEST(Drift, NotWhereSomethingElseExplainsIt) {
  const auto falls = [](int i) { return 200 - i; };
  auto run = over_time(falls);
  run.tally.attempts_failed[ECONNREFUSED] = {1, 1s};
  EXPECT_FALSE(find(diagnose(run), "drift"));
  run = over_time(falls);
  for (int i = 0; i < 1000; ++i) run.tally.latency_of_refused.record(1ms);
  run.tally.responses_by_status[503] = 1000;
  EXPECT_FALSE(find(diagnose(run), "drift"));
  run = over_time(falls);
  run.simulated.emplace();
  EXPECT_FALSE(find(diagnose(run), "drift"));
  // A plan's own rate has its own words.
  run = over_time(falls);
  run.plan.rate = 1000;
  EXPECT_FALSE(find(diagnose(run), "drift"));
}

// 100 requests each 100 ms, all of them sent in time.
Run at_a_rate(const std::function<double(int)>& latency) {
  auto run = over_time([](int) { return 100; }, latency);
  run.plan.rate = 1000;
  for (int i = 0; i < 10'000; ++i) {
    run.tally.begin_delay.record(1us);
    run.tally.service_time.record(
        std::chrono::nanoseconds(static_cast<int>(latency(i / 100) * 1e9)));
  }
  return run;
}

TEST(Rate, OneThatTheServerDoesNotKeepUpWith) {
  const auto told = diagnose(at_a_rate([](int i) { return 0.020 + 0.001 * i; }));
  const auto* found = find(told, "rate");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->severity, Severity::warning);
  EXPECT_THAT(found->headline, HasSubstr("the latency grew from 36.5 ms"));
  EXPECT_THAT(told.verdict.sentence, HasSubstr("did not keep up"));
  EXPECT_FALSE(told.verdict.rate_is_servers);
}

TEST(Rate, KeptIfTheLatencyStaysOrGrowsLessThanATimerIsLate) {
  for (const double growth : {0.0, 0.000'001}) {
    const auto told = diagnose(at_a_rate([=](int i) { return 0.0002 + growth * i; }));
    EXPECT_EQ(told.verdict.limited_by, "rate");
    EXPECT_THAT(told.verdict.sentence, Not(HasSubstr("did not keep up")));
  }
}

Run of_two_targets(std::chrono::milliseconds other) {
  auto run = over_time([](int) { return 100; });
  run.targets.push_back({"http://192.0.2.2:80/", "192.0.2.2:80", {}});
  run.tally.by_target = {{25, 0, 5'000, 25s}, {25, 0, 5'000, 5'000 * other}};
  return run;
}

TEST(UnequalLatency, OfTargets) {
  const auto told = diagnose(of_two_targets(50ms));
  const auto* found = find(told, "unequal-latency");
  ASSERT_TRUE(found);
  EXPECT_THAT(found->headline,
              HasSubstr("5.00 ms on average from http://192.0.2.1:80/, 50.0 ms from "
                        "http://192.0.2.2:80/"));
  EXPECT_EQ(found->evidence.size(), 2u);
  EXPECT_THAT(told.verdict.sentence, HasSubstr("(unequal-latency)"));
  EXPECT_FALSE(find(diagnose(of_two_targets(8ms)), "unequal-latency"));
  auto run = of_two_targets(50ms);
  run.tally.by_target[1].responses = 9;  // too few to tell
  EXPECT_FALSE(find(diagnose(run), "unequal-latency"));
}

TEST(UnequalLatency, NotOfTargetsThatADamagedFileDoesNotName) {
  auto run = of_two_targets(50ms);
  run.targets.pop_back();
  EXPECT_FALSE(find(diagnose(run), "unequal-latency"));
}

// 50 connections of 100 responses, of so many seconds each.
Run of_connections(const std::function<double(int, int)>& seconds) {
  auto run = over_time([](int) { return 50; });
  for (int connection = 0; connection < 50; ++connection) {
    ConnectionSpread one;
    for (int i = 0; i < 100; ++i) {
      const double each = seconds(connection, i);
      one.merge({1, each, each * each, 0});
    }
    one.between = one.sum * one.sum / 100;
    run.tally.spread.merge(one);
    run.tally.mean_by_connection.record(
        std::chrono::nanoseconds(static_cast<std::int64_t>(one.sum / 100 * 1e9)));
  }
  return run;
}

TEST(UnequalLatency, OfConnections) {
  const auto run = of_connections([](int connection, int) { return connection % 4 ? 0.005 : 0.1; });
  const auto told = diagnose(run);
  const auto* found = find(told, "unequal-latency");
  ASSERT_TRUE(found);
  EXPECT_THAT(found->headline, HasSubstr("between 5.00 ms and 100 ms"));
}

TEST(UnequalLatency, NotIfEachConnectionHasFastAndSlowResponses) {
  std::mt19937 random(1);
  const auto by_chance = of_connections([&](int, int) { return random() % 4 ? 0.005 : 0.1; });
  EXPECT_FALSE(find(diagnose(by_chance), "unequal-latency"));
  EXPECT_LT(by_chance.tally.spread.explained_by_connection(), 0.05);
  const auto same = of_connections([](int, int) { return 0.005; });
  EXPECT_FALSE(find(diagnose(same), "unequal-latency"));
}

}  // namespace
}  // namespace tws
