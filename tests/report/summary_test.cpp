#include "report/summary.hpp"

#include "report/example_runs.hpp"

#include <gmock/gmock.h>

namespace tws {
namespace {

using namespace std::chrono_literals;
using testing::DoubleNear;

std::uint64_t sum(const std::vector<Bin>& all) {
  std::uint64_t count = 0;
  for (const Bin& bin : all) count += bin.count;
  return count;
}

TEST(SuccessRate, CountsEverythingThatEnded) {
  Tally tally;
  EXPECT_FALSE(success_rate(tally));
  tally.responses_by_status[200] = 6;
  tally.responses_by_status[404] = 1;
  tally.latency_of_refused.record(1ms);
  tally.requests_failed[{Phase::read, Cause::truncated}].count = 2;
  tally.attempts_failed[ECONNREFUSED].count = 3;
  EXPECT_DOUBLE_EQ(*success_rate(tally), 0.5);
}

TEST(SuccessRate, LeavesOutWhatIsInFlight) {
  Tally tally;
  tally.responses_by_status[302] = 1;
  tally.in_flight.push_back({Phase::wait, 1s});
  EXPECT_EQ(success_rate(tally), 1);
}

TEST(Bins, AddUpAndReachFromFastestToSlowest) {
  for (const auto& [name, run] : examples::all()) {
    const auto all = bins(run.tally.latency);
    EXPECT_EQ(sum(all), run.tally.latency.count()) << name;
    if (all.empty()) continue;
    EXPECT_EQ(all.back().up_to, *run.tally.latency.max()) << name;
  }
}

TEST(Bins, AreNotFlattenedByAnOutlier) {
  Histogram histogram;
  for (int i = 0; i < 10000; ++i) histogram.record(100us + i * 100ns);
  histogram.record(10s);
  const auto all = bins(histogram);
  ASSERT_EQ(all.size(), 11u);
  EXPECT_EQ(all.back().count, 1u);  // and nothing is clamped into it
  EXPECT_LT(all.front().count, 9000u);
  EXPECT_GT(all[1].count, 1000u);
}

TEST(Bins, AreOfOneWidthWhereTheValuesAreClose) {
  Histogram histogram;
  for (int i = 0; i <= 100; ++i) histogram.record(1ms + i * 8us);
  const auto all = bins(histogram);
  ASSERT_EQ(all.size(), 11u);
  EXPECT_NEAR(all[1].up_to - all[0].up_to, all[10].up_to - all[9].up_to, 1e-9);
  EXPECT_EQ(sum(all), 101u);
}

TEST(Bins, OfOddHistograms) {
  Histogram histogram;
  EXPECT_TRUE(bins(histogram).empty());
  histogram.record(5ms);
  histogram.record(5ms);
  ASSERT_EQ(bins(histogram).size(), 1u);
  EXPECT_EQ(bins(histogram)[0].count, 2u);
  histogram.record(0ms);
  histogram.record(Histogram::highest + 1h);
  EXPECT_EQ(sum(bins(histogram)), 4u);
}

TEST(Quantiles, AreExactWithoutAnythingInFlight) {
  for (const auto& quantile : quantiles(examples::article().tally.latency))
    EXPECT_FALSE(quantile->lower_bound);
}

TEST(Quantiles, AreLowerBoundsWhereWhatIsInFlightReaches) {
  const auto run = examples::article();
  const auto all = quantiles(run.tally.latency, unfinished(run.tally));
  EXPECT_FALSE(all[0]->lower_bound);
  EXPECT_TRUE(all[8]->lower_bound);
  EXPECT_GT(all[8]->seconds, 6.7146);
}

TEST(Quantiles, AreNotMarkedForAHair) {
  // 50 requests cut off among 468,093 move the median by a hundredth of a percent.
  const auto run = examples::keep_alive();
  const auto all = quantiles(run.tally.latency, unfinished(run.tally));
  EXPECT_FALSE(all[2]->lower_bound);
  EXPECT_TRUE(all[8]->lower_bound);
}

// 5,000 requests of 10,000 were never sent; they are no faster than those that were.
TEST(Quantiles, CountWhatWasDueAndNeverBegun) {
  const auto run = examples::rate_missed();
  EXPECT_EQ(unfinished(run.tally).count(), 5050u);
  const auto all = quantiles(run.tally.latency, unfinished(run.tally));
  EXPECT_TRUE(all[2]->lower_bound);
  EXPECT_GT(all[2]->seconds, *run.tally.latency.quantile(0.5));
  auto many = run.tally;
  many.never_begun = 3'600'000'000'000;  // an hour at a billion per second
  EXPECT_EQ(unfinished(many).count(), many.never_begun + 50);
}

TEST(RateKept, AddsUp) {
  const auto kept = rate_kept(examples::rate_missed());
  EXPECT_EQ(kept->due, 10'000u);
  EXPECT_EQ(kept->begun, 5'000u);
  EXPECT_FALSE(rate_kept(examples::keep_alive()));
}

TEST(Quantiles, OfNothing) {
  for (const auto& quantile : quantiles(Histogram())) EXPECT_FALSE(quantile);
}

TEST(InFlight, IsSplitByPhase) {
  Tally tally;
  tally.in_flight = {{Phase::connect, 1s}, {Phase::read, 2s}, {Phase::backoff, 6s}};
  const auto summary = in_flight(tally);
  EXPECT_EQ(summary.count, 3u);
  EXPECT_EQ(summary.oldest, 6);
  EXPECT_EQ(summary.mean, 3);
  EXPECT_EQ(summary.requests(), 1u);
  EXPECT_EQ(summary.on_the_way(), 2u);
  EXPECT_EQ(unfinished(tally).count(), 2u);
  EXPECT_EQ(unfinished(tally).max(), 2);
  EXPECT_EQ(without_first_byte(tally).count(), 1u);
  EXPECT_EQ(without_first_byte(tally).max(), 1);
}

TEST(FailureList, IsByFrequencyAndNamesThePhase) {
  Tally tally;
  tally.attempts_failed[ECONNREFUSED].count = 2;
  tally.requests_failed[{Phase::read, Cause::truncated}].count = 7;
  const auto all = failures(tally);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(name(all[0].first), "read: truncated");
  EXPECT_EQ(name(all[1].first), "connect: ECONNREFUSED");
}

TEST(PeakPorts, AreThoseOfAnyCensus) {
  tws::Run run;
  EXPECT_FALSE(peak_ports(run));
  run.timeline.resize(2);
  run.timeline[0].sockets.emplace().client_ports = 700;
  run.sockets_after.emplace().client_ports = 3;
  EXPECT_EQ(peak_ports(run), 700u);
}

TEST(Slices, JoinAShortLastOne) {
  tws::Run run;
  run.timeline.resize(3);
  run.timeline[0].t = 0.1;
  run.timeline[1].t = 0.2;
  run.timeline[2].t = 0.203;
  run.timeline[1].requests = 10;
  run.timeline[2].requests = 5;
  const auto all = slices(run);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[1].requests, 15u);
  EXPECT_DOUBLE_EQ(all[1].to, 0.203);
  EXPECT_NEAR(all[1].rate(), 15 / 0.103, 1e-6);
}

TEST(Slices, KeepTheOnlyOneHoweverShort) {
  tws::Run run;
  run.timeline.resize(1);
  run.timeline[0].t = 0.004;
  run.timeline[0].requests = 8;
  ASSERT_EQ(slices(run).size(), 1u);
  EXPECT_DOUBLE_EQ(slices(run)[0].rate(), 2000);
}

TEST(Slices, SurviveATimeThatGoesBack) {
  tws::Run run;
  run.timeline.resize(2);
  run.timeline[0].t = 0.1;
  run.timeline[1].t = 0.099;
  run.timeline[1].requests = 3;
  ASSERT_EQ(slices(run).size(), 1u);
  EXPECT_EQ(slices(run)[0].requests, 3u);
}

TEST(Slices, CarryTheLastCensus) {
  tws::Run run;
  run.timeline.resize(4);
  for (std::size_t i = 0; i < 4; ++i) {
    run.timeline[i].t = 0.1 * static_cast<double>(i + 1);
    run.timeline[i].time_wait = 1000 + i;
  }
  run.timeline[1].sockets.emplace().client_ports = 5;
  const auto all = slices(run);
  EXPECT_EQ(all[0].held, 1000u);  // no census yet: the namespace's TIME_WAIT
  EXPECT_EQ(all[1].held, 5u);
  EXPECT_EQ(all[3].held, 5u);
}

TEST(RateStatistics, AreOverTheSlices) {
  tws::Run run;
  EXPECT_FALSE(rate_statistics(run));
  run.timeline.resize(4);
  for (std::size_t i = 0; i < 4; ++i) {
    run.timeline[i].t = 0.1 * static_cast<double>(i + 1);
    run.timeline[i].requests = i;
  }
  const auto statistics = rate_statistics(run);
  EXPECT_NEAR(statistics->mean, 15, 1e-9);
  EXPECT_NEAR(statistics->max, 30, 1e-9);
  EXPECT_EQ(statistics->min, 0);
  EXPECT_NEAR(*statistics->deviation, 12.9099, 1e-4);
  EXPECT_NEAR(statistics->at[2], 10, 1e-9);
  EXPECT_NEAR(statistics->at[8], 30, 1e-9);
}

}  // namespace
}  // namespace tws
