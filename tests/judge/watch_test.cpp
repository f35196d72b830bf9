#include "tws/judge/watch.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace tws {
namespace {

using namespace std::chrono_literals;

// Adds the ticks of a worker, 100 ms each.
class Worker {
 public:
  void work(int ticks, std::uint64_t requests, std::uint64_t errors,
            std::chrono::nanoseconds latency = 1ms) {
    for (; ticks > 0; --ticks) {
      Tick tick;
      tick.from = at_;
      tick.requests = requests;
      tick.errors = errors;
      tick.latency.record(latency, requests);
      timeline_.add(tick);
      at_ += 100ms;
    }
  }
  const Timeline& timeline() const { return timeline_; }
  std::chrono::nanoseconds now() const { return at_; }

 private:
  Timeline timeline_;
  std::chrono::nanoseconds at_{};
};

ThresholdWatch watch(std::string threshold) {
  Plan plan;
  plan.duration = 1min;
  plan.thresholds = {std::move(threshold)};
  return ThresholdWatch(plan);
}

TEST(ThresholdWatch, EndsTheRunWhereALimitIsBroken) {
  Worker worker;
  auto some = watch("errors < 10% abort");
  worker.work(10, 100, 1);
  EXPECT_FALSE(some.broken(worker.now(), worker.timeline()));
  worker.work(10, 100, 50);
  EXPECT_EQ(some.broken(worker.now(), worker.timeline()), "errors < 10% abort");
}

TEST(ThresholdWatch, EndsNothingThatDoesNotAsk) {
  Worker worker;
  worker.work(20, 0, 100);
  EXPECT_FALSE(watch("errors < 10%").broken(worker.now(), worker.timeline()));
}

TEST(ThresholdWatch, WaitsUntilItsTime) {
  Worker worker;
  auto late = watch("errors < 10% abort after 3s");
  worker.work(20, 0, 100);
  EXPECT_FALSE(late.broken(worker.now(), worker.timeline()));
  worker.work(10, 0, 100);
  EXPECT_TRUE(late.broken(worker.now(), worker.timeline()));
}

TEST(ThresholdWatch, LooksAtTheLatestWindow) {
  Worker worker;
  worker.work(20, 0, 100);  // two bad seconds
  worker.work(30, 100, 0);  // three good ones
  EXPECT_FALSE(watch("errors < 10% over 2s abort").broken(worker.now(), worker.timeline()));
  EXPECT_TRUE(watch("errors < 10% abort").broken(worker.now(), worker.timeline()));
  worker.work(20, 100, 100);
  EXPECT_TRUE(watch("errors < 10% over 2s abort").broken(worker.now(), worker.timeline()));
}

TEST(ThresholdWatch, WaitsForAWholeWindow) {
  Worker worker;
  worker.work(15, 0, 100);
  EXPECT_FALSE(watch("errors < 10% over 2s abort").broken(worker.now(), worker.timeline()));
}

TEST(ThresholdWatch, KnowsLatenciesAndRates) {
  Worker worker;
  worker.work(30, 100, 0, 300ms);
  EXPECT_TRUE(watch("p99 < 250ms abort").broken(worker.now(), worker.timeline()));
  EXPECT_TRUE(watch("p99 < 250ms over 1s abort").broken(worker.now(), worker.timeline()));
  EXPECT_FALSE(watch("p99 < 350ms over 1s abort").broken(worker.now(), worker.timeline()));
  EXPECT_TRUE(watch("rate > 1001/s over 1s abort").broken(worker.now(), worker.timeline()));
  EXPECT_FALSE(watch("rate > 999/s over 1s abort").broken(worker.now(), worker.timeline()));
  // Nothing was seen, so nothing is broken.
  EXPECT_FALSE(watch("p99 < 250ms abort").broken(5s, Timeline{}));
}

}  // namespace
}  // namespace tws
