#include "tws/measure/timeline.hpp"

#include <gtest/gtest.h>

namespace tws {
namespace {

using namespace std::chrono_literals;

Tick tick(std::chrono::nanoseconds from, std::uint64_t requests,
          std::chrono::nanoseconds latency = 1ms) {
  Tick made;
  made.from = from;
  made.requests = requests;
  for (std::uint64_t i = 0; i < requests; ++i) made.latency.record(latency);
  return made;
}

TEST(Timeline, AddsUpAllWorkersOfASample) {
  Timeline timeline;
  timeline.add(tick(0ms, 3));
  timeline.add(tick(0ms, 4));
  timeline.add(tick(101ms, 5));
  timeline.add(tick(99ms, 6));  // a timer that was late or early by a little
  const auto samples = std::move(timeline).finish(150ms);
  ASSERT_EQ(samples.size(), 2u);
  EXPECT_EQ(samples[0].requests, 7u);
  EXPECT_EQ(samples[1].requests, 11u);
  EXPECT_DOUBLE_EQ(samples[0].t, 0.1);
  EXPECT_DOUBLE_EQ(samples[1].t, 0.15);
}

TEST(Timeline, HasLatenciesOfEachSampleAlone) {
  Timeline timeline;
  for (int i = 0; i < 10; ++i) timeline.add(tick(i * 100ms, 10, (i + 1) * 1ms));
  const auto samples = std::move(timeline).finish(1s);
  ASSERT_EQ(samples.size(), 10u);
  for (std::size_t i = 0; i < 10; ++i) {
    const double truth = 1e-3 * static_cast<double>(i + 1);
    EXPECT_EQ(samples[i].latency.unpack().count(), 10u);
    EXPECT_NEAR(samples[i].latency.unpack().quantile(0.99).value(), truth, truth * 0.01);
  }
}

TEST(Timeline, ASampleInWhichNothingHappenedHasNoLatency) {
  Timeline timeline;
  timeline.add(tick(0ms, 1));
  timeline.add(tick(100ms, 0));
  timeline.add(tick(500ms, 1));
  const auto samples = std::move(timeline).finish(600ms);
  ASSERT_EQ(samples.size(), 6u);
  EXPECT_TRUE(samples[1].latency.empty());
  EXPECT_EQ(samples[3].requests, 0u);
  EXPECT_FALSE(samples[5].latency.empty());
}

TEST(Timeline, SocketsBelongToTheSampleThatEnds) {
  Timeline timeline;
  timeline.add_time_wait(0ms, 1);  // before the first sample
  timeline.add_time_wait(1001ms, 16'384);
  timeline.add_census(1002ms, Census{});
  const auto samples = std::move(timeline).finish(1100ms);
  ASSERT_EQ(samples.size(), 10u);
  EXPECT_EQ(samples[9].time_wait, 16'384u);
  EXPECT_TRUE(samples[9].sockets.has_value());
  EXPECT_EQ(samples[8].time_wait, std::nullopt);
  EXPECT_FALSE(samples[8].sockets.has_value());
}

TEST(Timeline, ALongRunHasWiderSamplesThatLoseNothing) {
  Timeline timeline;
  Histogram all(Histogram::two_digits);
  constexpr int seconds = 1000;
  for (int i = 0; i < 10 * seconds; ++i) {
    const auto one = tick(i * 100ms, 2, (i + 1) * 1us);
    all.merge(one.latency);
    timeline.add(one);
    Census census;
    census.client_ports = i == 5000 ? 9999u : 7u;
    timeline.add_time_wait((i + 1) * 100ms, i == 7000 ? 8888u : 5u);
    timeline.add_census((i + 1) * 100ms, census);
  }
  EXPECT_EQ(timeline.width(), 400ms);
  const auto samples = std::move(timeline).finish(1000s);
  ASSERT_EQ(samples.size(), 2500u);
  Histogram sum(Histogram::two_digits);
  std::uint64_t most_ports = 0, most_time_wait = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    EXPECT_DOUBLE_EQ(samples[i].t, 0.4 * static_cast<double>(i + 1));
    EXPECT_EQ(samples[i].requests, 8u);
    sum.merge(samples[i].latency.unpack());
    most_ports = std::max(most_ports, samples[i].sockets.value().client_ports);
    most_time_wait = std::max(most_time_wait, samples[i].time_wait.value());
  }
  EXPECT_EQ(sum, all);
  EXPECT_EQ(most_ports, 9999u);
  EXPECT_EQ(most_time_wait, 8888u);
}

// A worker that was late hands over what belongs to a sample that is complete.
TEST(Timeline, ATickThatComesLateIsAdded) {
  Timeline timeline;
  for (int i = 0; i < 10; ++i) timeline.add(tick(i * 100ms, 3));
  timeline.add(tick(100ms, 4));
  const auto samples = std::move(timeline).finish(1s);
  EXPECT_EQ(samples[1].requests, 7u);
  EXPECT_EQ(samples[1].latency.unpack().count(), 7u);
}

TEST(Timeline, HasTheSumOfAllTicks) {
  Timeline timeline;
  for (int i = 0; i < 20; ++i) timeline.add(tick(i * 100ms, 10, 2ms));
  EXPECT_EQ(timeline.requests(), 200u);
  EXPECT_EQ(timeline.latency().count(), 200u);
  EXPECT_EQ(timeline.latency().max(), 0.002);
}

TEST(Timeline, KnowsWhichSamplesAreComplete) {
  Timeline timeline;
  EXPECT_EQ(timeline.complete(), 0u);
  for (int i = 0; i < 20; ++i) timeline.add(tick(i * 100ms, 10));
  const auto complete = timeline.complete();
  EXPECT_EQ(complete, 17u);
  for (std::size_t i = 0; i < complete; ++i)
    EXPECT_EQ(timeline.samples()[i].latency.unpack().count(), 10u) << i;
}

TEST(Timeline, IsJoinedBySeconds) {
  Timeline timeline;
  for (int i = 0; i < 25; ++i) timeline.add(tick(i * 100ms, 10, (i + 1) * 1ms));
  const auto seconds = by_second(std::move(timeline).finish(2450ms));
  ASSERT_EQ(seconds.size(), 3u);
  EXPECT_DOUBLE_EQ(seconds[0].t, 1);
  EXPECT_DOUBLE_EQ(seconds[2].t, 2.45);
  EXPECT_EQ(seconds[1].requests, 100u);
  EXPECT_EQ(seconds[1].latency.unpack().count(), 100u);
  EXPECT_EQ(seconds[1].latency.unpack().max(), 0.020);
  EXPECT_EQ(seconds[2].requests, 50u);
  EXPECT_TRUE(by_second({}).empty());
}

TEST(Timeline, NothingAtAll) {
  EXPECT_TRUE(Timeline{}.finish(0ms).empty());
}

}  // namespace
}  // namespace tws
