#include "judge/compare_runs.hpp"

#include "diagnose/runs.hpp"
#include "judge/metric.hpp"
#include "tws/support/errors.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <cstdint>
#include <fstream>
#include <iterator>

namespace tws {
namespace {

using diagnosis::plain;
using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

using Runs = std::vector<NamedRun>;

void set(Run& run, std::uint64_t successes, std::uint64_t refusals) {
  Tally& tally = run.tally;
  tally.latency = tally.latency_of_refused = Histogram();
  tally.latency.record(1ms, successes);
  tally.latency_of_refused.record(1ms, refusals);
  tally.responses_by_status[200] = successes;
  tally.responses_by_status[500] = refusals;
}

// Runs of `count` successes, with a few more in each, so that no two are equal.
Runs runs(std::size_t number, std::uint64_t count) {
  Runs all;
  for (std::size_t i = 0; i < number; ++i) {
    Run run = plain();
    set(run, count + i, 0);
    all.push_back({"run " + std::to_string(i + 1), run});
  }
  return all;
}

void refuse_share(Run& run, double share) {
  const auto all = run.tally.responses_by_status[200];
  const auto refused = static_cast<std::uint64_t>(static_cast<double>(all) * share);
  set(run, all - refused, refused);
}

// hammer itself had no CPU left.
void disturb(Run& run) {
  run.plan.threads = 1;
  run.cpu.busy = run.cpu.busiest_thread = 1;
}

ComparedRuns compared(const Runs& before, const Runs& after) {
  return compare_runs(before, after, {"rate"}, usual_noise);
}

TEST(CompareRuns, ValidRunsAreAllCompared) {
  const auto result = compared(runs(4, 1000), runs(4, 1500));
  EXPECT_EQ(result.overall(), Change::better);
  EXPECT_THAT(result.left_out, IsEmpty());
  EXPECT_THAT(result.failed, IsEmpty());
  EXPECT_EQ(result.successes(), nullptr);
  EXPECT_EQ(compared(runs(4, 1500), runs(4, 1000)).overall(), Change::worse);
}

TEST(CompareRuns, AServerThatFailsIsWorse) {
  for (const double share : {0.02, 0.3, 1.0}) {
    auto after = runs(4, 1000);
    for (auto& one : after) refuse_share(one.run, share);
    const auto result = compared(runs(4, 1000), after);
    EXPECT_EQ(result.overall(), Change::worse) << share;
    EXPECT_THAT(result.failed, SizeIs(4));
    EXPECT_TRUE(result.failed.front().is_new);
    EXPECT_THAT(result.failed.front().why, HasSubstr("refusals"));
    EXPECT_THAT(result.left_out, IsEmpty());
    ASSERT_NE(result.successes(), nullptr);
    EXPECT_EQ(&result.metrics.front(), result.successes());
    EXPECT_EQ(result.successes()->comparison->change, Change::worse);
    EXPECT_FALSE(result.metrics.back().enough);  // no rate of a server that fails counts
  }
}

TEST(CompareRuns, NoNoiseExcusesFailures) {
  auto after = runs(4, 1000);
  for (auto& one : after) refuse_share(one.run, 0.3);
  EXPECT_EQ(compare_runs(runs(4, 1000), after, {"p99"}, 0.5).overall(), Change::worse);
}

TEST(CompareRuns, AServerThatNoLongerFailsIsNotWorse) {
  auto before = runs(4, 1000);
  for (auto& one : before) refuse_share(one.run, 0.3);
  const auto result = compared(before, runs(4, 1000));
  EXPECT_EQ(result.successes()->comparison->change, Change::better);
  EXPECT_EQ(result.overall(), Change::cant_tell);  // its rate before says nothing
}

TEST(CompareRuns, AServerThatFailedOnceIsNamedAndNotWorse) {
  auto after = runs(10, 1000);
  refuse_share(after[3].run, 0.3);
  const auto result = compared(runs(10, 1000), after);
  ASSERT_THAT(result.failed, SizeIs(1));
  EXPECT_EQ(result.failed.front().run, "run 4");
  EXPECT_EQ(result.overall(), Change::same);
}

TEST(CompareRuns, DisturbedRunsAreLeftOutByName) {
  auto before = runs(10, 1500);
  set(before[0].run, 100, 0);
  disturb(before[0].run);
  const auto result = compared(before, runs(10, 1000));
  ASSERT_THAT(result.left_out, SizeIs(1));
  EXPECT_EQ(result.left_out.front().run, "run 1");
  EXPECT_FALSE(result.left_out.front().is_new);
  EXPECT_THAT(result.left_out.front().why, HasSubstr("client-cpu"));
  EXPECT_EQ(result.metrics.front().before, 9U);
  EXPECT_EQ(result.overall(), Change::worse);
}

TEST(CompareRuns, TooFewThatAreLeftCantTell) {
  for (const auto& [all, disturbed] : {std::pair{4U, 1U}, {10U, 6U}, {10U, 10U}}) {
    auto before = runs(all, 1500);
    for (std::size_t i = 0; i < disturbed; ++i) disturb(before[i].run);
    const auto result = compared(before, runs(all, 1000));
    EXPECT_EQ(result.overall(), Change::cant_tell) << all << ' ' << disturbed;
    EXPECT_FALSE(result.metrics.front().enough);
  }
  auto half = runs(10, 1500);
  for (std::size_t i = 0; i < 5; ++i) disturb(half[i].run);
  EXPECT_EQ(compared(half, runs(10, 1000)).overall(), Change::worse);
}

// Whoever took the CPU answered no request with 500.
TEST(CompareRuns, DisturbedRunsStillTellOfFailures) {
  auto before = runs(4, 1000), after = runs(4, 1000);
  for (auto& one : before) disturb(one.run);
  for (auto& one : after) refuse_share(one.run, 0.3);
  EXPECT_EQ(compared(before, after).overall(), Change::worse);
}

// A lack of ports is no failure of the server's.
TEST(CompareRuns, WhatFailsOnTheWayIsNoFailure) {
  auto after = runs(4, 1000);
  for (auto& one : after) one.run = diagnosis::out_of_ports();
  const auto result = compared(runs(4, 1000), after);
  EXPECT_THAT(result.failed, IsEmpty());
  EXPECT_THAT(result.left_out, SizeIs(4));
  EXPECT_THAT(result.left_out.front().why, HasSubstr("ephemeral-ports"));
  EXPECT_EQ(result.overall(), Change::cant_tell);
}

// The true reason is the CPU, not the rate.
TEST(CompareRuns, ARateThatTheCpuDidNotKeepIsTheCpus) {
  auto after = runs(4, 1000);
  for (auto& one : after) {
    one.run.plan.rate = 1e6;
    disturb(one.run);
  }
  for (const auto& one : compared(runs(4, 1000), after).left_out)
    EXPECT_THAT(one.why, HasSubstr("CPU")) << one.why;
}

TEST(CompareRuns, SidesMayBeEmpty) {
  EXPECT_EQ(compared({}, {}).overall(), Change::cant_tell);
  EXPECT_EQ(compared(runs(1, 1000), {}).overall(), Change::cant_tell);
}

TEST(CompareRuns, WhatIsNoNumberIsRefused) {
  EXPECT_NO_THROW(check_comparable("handshake.p99"));
  EXPECT_NO_THROW(check_comparable("successes"));
  for (const auto* name : {"errors", "status.5xx", "p0", "rats", ""})
    EXPECT_THROW(check_comparable(name), UsageError) << name;
  EXPECT_THROW(check_is_had("handshake.p99", plain().plan), UsageError);
  EXPECT_THROW(check_is_had("achieved", plain().plan), UsageError);
  EXPECT_NO_THROW(check_is_had("p99", plain().plan));
}

TEST(MetricNames, AreWhatTheyAreSaidToBe) {
  for (const auto& one : metric_names()) {
    std::string name(one.form);
    if (name.ends_with('N')) name.replace(name.size() - 1, 1, "99");
    const auto metric = metric_of(name);
    ASSERT_TRUE(metric) << name;
    EXPECT_EQ(is_comparable(*metric), one.comparable) << name;
  }
}

// docs/ci.md has a row with each of them.
TEST(MetricNames, AreThoseOfTheDocumentation) {
  std::ifstream file(TWS_SOURCE "/docs/ci.md");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  for (const auto& one : metric_names()) {
    std::string name(one.form);
    if (name.ends_with('N')) name.replace(name.size() - 1, 1, "99");
    EXPECT_THAT(text, HasSubstr("`" + name + "`"));
  }
}

}  // namespace
}  // namespace tws
