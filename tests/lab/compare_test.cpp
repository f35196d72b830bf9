// What counts as predicted, from runs made by hand; the real ones are in
// tests/end_to_end/lab_test.py.
#include "lab/lab.hpp"

#include <gmock/gmock.h>

#include <cerrno>
#include <set>

namespace tws::lab {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

// 4,096 ports, no reuse, the client closes first, 10 s.
Run at_the_ceiling() {
  Run run;
  run.environment.os = "Linux";
  run.targets = {{"http://127.0.0.1:3779/", "127.0.0.1:3779", {}}};
  run.plan.urls = {"http://127.0.0.1:3779/"};
  run.plan.requests_per_connection = 1;
  run.plan.close_by = CloseBy::client;
  run.seconds = 10;
  run.limits.ports = PortRange{20000, 24095};
  run.limits.usable_ports = 4096;
  run.limits.reuse = TimeWaitReuse::Off;
  run.limits.time_wait_seconds = 60;
  run.limits.reuse_delay_seconds = 1;
  run.tally.attempts_connected = 4096;
  run.tally.responses_by_status[200] = 4096;
  run.tally.attempts_failed[EADDRNOTAVAIL] = {900, 500ms};
  return run;
}

TEST(Compare, ABurstIsExactOrNotAsPredicted) {
  auto run = at_the_ceiling();
  EXPECT_TRUE(compare(Expectation::burst, run).holds);
  EXPECT_EQ(compare(Expectation::burst, run).error(), 0);
  run.tally.attempts_connected = 4095;
  EXPECT_FALSE(compare(Expectation::burst, run).holds);
  run.tally.attempts_failed.clear();
  EXPECT_THAT(compare(Expectation::burst, run).why_not, HasSubstr("the run ended"));
  EXPECT_TRUE(compare(Expectation::burst, run).too_slow);
  run = at_the_ceiling();
  run.tally.attempts_failed[ECONNREFUSED] = {1, 1s};
  EXPECT_THAT(compare(Expectation::burst, run).why_not, HasSubstr("1 ECONNREFUSED"));
}

TEST(Compare, ASustainedRateIsWithinATenth) {
  auto run = at_the_ceiling();
  run.limits.reuse = TimeWaitReuse::On;
  run.tally.attempts_connected = 40'000;
  const auto result = compare(Expectation::sustained, run);
  EXPECT_EQ(result.predicted, 40'960);
  EXPECT_TRUE(result.holds);
  EXPECT_EQ(result.why_not, "");
  run.tally.attempts_connected = 36'000;
  EXPECT_FALSE(compare(Expectation::sustained, run).holds);
  EXPECT_FALSE(compare(Expectation::sustained, run).too_slow);
  EXPECT_FALSE(compare(Expectation::sustained, at_the_ceiling()).predicted == 40'960);
}

// 600 connections per second never use up ports that come back after a second.
TEST(Compare, AMachineThatMakesFewConnectionsIsTooSlowToTell) {
  auto run = at_the_ceiling();
  run.limits.reuse = TimeWaitReuse::On;
  run.tally.attempts_failed.clear();
  run.tally.attempts_connected = 6000;
  const auto result = compare(Expectation::sustained, run);
  EXPECT_TRUE(result.too_slow);
  EXPECT_FALSE(result.holds);
  run.tally.attempts_connected = 45'000;  // enough of them, and the ports lasted
  EXPECT_FALSE(compare(Expectation::sustained, run).too_slow);
  EXPECT_EQ(compare(Expectation::sustained, run).why_not, "the ports were never used up");
  run.signal = 2;
  run.tally.attempts_connected = 6000;
  EXPECT_FALSE(compare(Expectation::sustained, run).too_slow);

  run = at_the_ceiling();
  run.tally.attempts_failed.clear();
  run.tally.attempts_connected = 1500;
  EXPECT_TRUE(compare(Expectation::knee, run).too_slow);
  run.tally.attempts_connected = 4000;
  EXPECT_FALSE(compare(Expectation::knee, run).too_slow);
}

TEST(Compare, NoCeilingIsMoreThanThereArePortsAndNoFailure) {
  auto run = at_the_ceiling();
  run.tally.attempts_failed.clear();
  EXPECT_THAT(compare(Expectation::no_ceiling, run).why_not, HasSubstr("4,096 ports"));
  EXPECT_TRUE(compare(Expectation::no_ceiling, run).too_slow);
  run.tally.responses_by_status[200] = 50'000;
  EXPECT_TRUE(compare(Expectation::no_ceiling, run).holds);
  EXPECT_EQ(compare(Expectation::no_ceiling, run).predicted, std::nullopt);
  run.tally.attempts_failed[EADDRNOTAVAIL] = {1, 1s};
  EXPECT_FALSE(compare(Expectation::no_ceiling, run).holds);
}

TEST(Compare, AKneeIsWhereTheRateFallsForGood) {
  auto run = at_the_ceiling();
  const auto sample = [&](double t, std::uint64_t requests) {
    run.timeline.push_back({t, requests, 0, {}, {}, {}});
  };
  sample(0.1, 1500);
  sample(0.2, 100);  // a hiccup
  sample(0.3, 500);
  for (int i = 4; i <= 20; ++i) sample(i / 10.0, 60);
  const auto result = compare(Expectation::knee, run);
  EXPECT_EQ(result.predicted, 2048);
  EXPECT_EQ(result.measured, 2100);
  EXPECT_TRUE(result.holds);
  run.timeline[2].requests = 1500;
  EXPECT_FALSE(compare(Expectation::knee, run).holds);
}

TEST(Compare, HeldBackIsHalfThePortsEachHoldTimeWithoutAFailure) {
  auto run = at_the_ceiling();
  run.limits.reuse = TimeWaitReuse::Loopback;
  run.tally.attempts_failed.clear();
  run.tally.attempts_connected = 20'800;
  EXPECT_TRUE(compare(Expectation::held_back, run).holds);
  EXPECT_EQ(compare(Expectation::held_back, run).predicted, 20'480);
  run.tally.attempts_connected = 30'000;
  EXPECT_FALSE(compare(Expectation::held_back, run).holds);
}

TEST(Scenarios, HaveNamesOfTheirOwnAndSayWhatTheyDo) {
  std::set<std::string_view> names;
  for (const auto* all : {&scenarios(), &tls_scenarios()}) {
    for (const auto& scenario : *all) {
      EXPECT_TRUE(names.insert(scenario.name).second) << scenario.name;
      EXPECT_FALSE(scenario.shows.empty()) << scenario.name;
      EXPECT_FALSE(scenario.changes.empty()) << scenario.name;
      EXPECT_EQ(find_scenario(scenario.name), &scenario);
      EXPECT_EQ(scenario.tls, all == &tls_scenarios());
    }
  }
  EXPECT_EQ(find_scenario("sixteen"), nullptr);
}

}  // namespace
}  // namespace tws::lab
