// How large the files are, of runs as busy as they come: 47,000 requests per second, a census with
// every sample.
#include "report/example_runs.hpp"
#include "tws/report/read_run.hpp"

#include <gtest/gtest.h>

#include <random>

namespace tws {
namespace {

using namespace std::chrono_literals;

// Of 4,700 responses, in a tenth of a second.
Histogram latencies(int bits, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::lognormal_distribution<double> milliseconds(0, 0.6);
  Histogram made(bits);
  for (int i = 0; i < 4700; ++i)
    made.record(std::chrono::nanoseconds(std::llround(milliseconds(random) * 1e6)));
  return made;
}

Run busy_run(std::chrono::seconds duration) {
  std::vector<Histogram> ticks;
  Histogram all;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    ticks.push_back(latencies(Histogram::two_digits, seed));
    all.merge(latencies(Histogram::three_digits, seed));
  }
  // As many as the run has, or more.
  while (all.count() < 47'000 * static_cast<std::uint64_t>(duration.count()))
    all.merge(Histogram(all));
  Run run = examples::rate_missed();
  run.plan.duration = duration;
  run.seconds = static_cast<double>(duration.count());
  Timeline timeline;
  Census census;
  for (const TcpState state : tcp_states) census.client[state] = census.server[state] = 12'345;
  census.client_ports = 28'232;
  census.seconds = 0.000123456;
  for (std::chrono::nanoseconds at{}; at < duration; at += sample_interval) {
    const auto which = static_cast<std::size_t>(at / sample_interval) % ticks.size();
    Tick tick;
    tick.from = at;
    tick.requests = 4700;
    tick.latency = ticks[which];
    timeline.add(tick);
    timeline.add_time_wait(at + sample_interval, 28'232);
    timeline.add_census(at + sample_interval, census);
  }
  for (auto* times :
       {&run.tally.latency, &run.tally.first_byte, &run.tally.service_time, &run.tally.begin_delay})
    times->merge(all);
  run.timeline = std::move(timeline).finish(duration);
  return run;
}

std::size_t size_of(const Run& run) {
  const auto text = pretty(examples::json_of(run));
  EXPECT_TRUE(read_run(text, "run.json") == run);
  return text.size();
}

TEST(SavedSize, OfTenSeconds) {
  const auto run = busy_run(10s);
  EXPECT_EQ(run.timeline.size(), 100u);
  EXPECT_LT(size_of(run), 200u << 10);
}

TEST(SavedSize, OfAnHour) {
  const auto run = busy_run(1h);
  EXPECT_LE(run.timeline.size(), most_samples);
  EXPECT_GT(run.timeline.size(), most_samples / 2);
  EXPECT_LT(size_of(run), 8u << 20);
  std::uint64_t requests = 0;
  for (const Sample& sample : run.timeline) requests += sample.requests;
  EXPECT_EQ(requests, 4700u * 36'000);
}

}  // namespace
}  // namespace tws
