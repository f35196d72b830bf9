// Loads that change over time: what is due in any window is what the profile asks for in it.
#include "tws/measure/profile.hpp"

#include "measure/pacer.hpp"
#include "measure/presence.hpp"
#include "measure/rate_curve.hpp"
#include "tws/measure/plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace tws {
namespace {

using namespace std::chrono_literals;

const std::vector<Stage> up_stay_jump_down{{30s, 0, 100},  {1min, 100, 1000}, {2min, 2000, 2000},
                                           {10s, 2000, 0}, {5s, 0, 0},        {5s, 0, 7}};

double seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

// By small steps, which knows nothing of parabolas.
double summed(const std::vector<Stage>& stages, double until) {
  constexpr double step = 1e-4;
  double sum = 0, begin = 0;
  for (const Stage& stage : stages) {
    const double length = seconds(stage.length);
    for (double t = step / 2; t < std::min(length, until - begin); t += step)
      sum += step * std::lerp(stage.from, stage.to, t / length);
    begin += length;
  }
  return sum;
}

TEST(RateCurve, IsTheAreaBelowTheRate) {
  const RateCurve curve(up_stay_jump_down, 0);
  for (const double t :
       {0.0, 0.5, 15.0, 30.0, 45.5, 90.0, 100.0, 209.9, 215.0, 220.0, 222.0, 229.0})
    EXPECT_NEAR(curve.until(t), summed(up_stay_jump_down, t), 0.3) << t;
  EXPECT_DOUBLE_EQ(curve.until(30), 1500);
  EXPECT_DOUBLE_EQ(curve.until(90), 1500 + 33'000);
  EXPECT_DOUBLE_EQ(curve.until(1000), curve.until(230));
  EXPECT_EQ(curve.until(-1), 0);
}

TEST(RateCurve, TheTimeOfANumberIsWhenThereAreSoMany) {
  const RateCurve curve(up_stay_jump_down, 0);
  const double all = curve.until(230);
  for (double number = 0.5; number < all; number += 0.7) {
    const double time = curve.time_of(number);
    ASSERT_NEAR(curve.until(time), number, 1e-9 * all) << number;
  }
  EXPECT_EQ(curve.time_of(0), 0);
  EXPECT_TRUE(std::isinf(curve.time_of(all + 0.1)));
  EXPECT_EQ(RateCurve(1000).time_of(500), 0.5);
  EXPECT_EQ(RateCurve(1000).until(0.5), 500);
}

// A profile of random stages: rises, falls, jumps, pauses.
std::vector<Stage> any(std::mt19937_64& random) {
  std::vector<Stage> stages;
  double value = static_cast<double>(random() % 3) * 50;
  for (auto i = 1 + random() % 5; i > 0; --i) {
    if (random() % 3 == 0) value = static_cast<double>(random() % 2000) / 7;
    const double next = random() % 4 == 0 ? value : static_cast<double>(random() % 300);
    stages.push_back({std::chrono::milliseconds(1 + random() % 20'000), value, next});
    value = next;
  }
  return stages;
}

TEST(Pacer, AnyWindowHasWhatTheProfileAsksForInIt) {
  std::mt19937_64 random(17);
  for (int i = 0; i < 60; ++i) {
    const auto stages = any(random);
    const RateCurve curve(stages, 0);
    Profile profile{Varied::rate, stages};
    const auto end = profile.length();
    const std::uint64_t threads = 1 + random() % 3;
    const auto arrivals = random() % 2 == 0 ? Arrivals::even : Arrivals::uniform;
    std::vector<std::chrono::nanoseconds> due;
    for (std::uint64_t thread = 0; thread < threads; ++thread) {
      Pacer pacer(curve, thread, threads, arrivals, 5);
      for (std::uint64_t k = 0; pacer.due(k) <= end; ++k) due.push_back(pacer.due(k));
    }
    std::ranges::sort(due);
    for (int k = 0; k < 50; ++k) {
      const auto from =
          std::chrono::nanoseconds(random() % static_cast<std::uint64_t>(end.count()));
      const auto to = from + std::chrono::nanoseconds(
                                 random() % static_cast<std::uint64_t>((end - from).count() + 1));
      const auto first = std::ranges::upper_bound(due, from);
      const auto last = std::ranges::upper_bound(due, to);
      const double asked = curve.until(seconds(to)) - curve.until(seconds(from));
      // Those at its two edges may be in or not.
      EXPECT_NEAR(static_cast<double>(last - first), asked,
                  arrivals == Arrivals::even ? 1.001 : 2.001);
    }
    // To the last one, and counted without looking at each.
    std::uint64_t counted = 0;
    for (std::uint64_t thread = 0; thread < threads; ++thread)
      counted += Pacer(curve, thread, threads, arrivals, 5).due_by(end);
    EXPECT_EQ(counted, due.size());
    if (arrivals == Arrivals::even) {
      EXPECT_EQ(counted, static_cast<std::uint64_t>(std::floor(curve.until(seconds(end)) + 0.5)));
    }
  }
}

TEST(Pacer, WhatIsDueByATimeAreTheDueTimesUntilThen) {
  for (const auto arrivals : {Arrivals::even, Arrivals::uniform, Arrivals::poisson}) {
    Pacer pacer(RateCurve(up_stay_jump_down, 0), 1, 2, arrivals, 3);
    const Pacer fresh = pacer;
    for (const std::uint64_t number : {0u, 1u, 5u, 700u, 20'000u}) {
      const auto due = pacer.due(number);
      EXPECT_EQ(fresh.due_by(due), number + 1) << number;
      EXPECT_EQ(fresh.due_by(due - 1ns), number) << number;
    }
  }
}

TEST(Pacer, WhatIsAskedOfAConstantRateIsDueAsIfItWasAStage) {
  Pacer constant(40, 1, 3), stage(RateCurve({{100s, 40, 40}}, 0), 1, 3);
  for (std::uint64_t k = 0; k < 1000; ++k) EXPECT_EQ(stage.due(k), constant.due(k));
}

TEST(Pacer, PoissonArrivalsAreAsManyOnAverageAndSpreadAsChanceDoes) {
  double sum = 0, squares = 0;
  constexpr int runs = 400;
  for (int seed = 0; seed < runs; ++seed) {
    double count = 0;
    for (std::uint64_t thread = 0; thread < 2; ++thread)
      count += static_cast<double>(
          Pacer(RateCurve(100), thread, 2, Arrivals::poisson, static_cast<std::uint64_t>(seed))
              .due_by(1s));
    sum += count;
    squares += count * count;
  }
  const double mean = sum / runs, variance = squares / runs - mean * mean;
  EXPECT_NEAR(mean, 100, 2.5);  // five standard deviations
  EXPECT_NEAR(variance, 100, 36);
  EXPECT_EQ(Pacer(RateCurve(100), 0, 1, Arrivals::poisson, 7).due_by(1s),
            Pacer(RateCurve(100), 0, 1, Arrivals::poisson, 7).due_by(1s));
}

TEST(Pacer, WhatWasTakenByChanceCountsAtTheEnd) {
  Pacer pacer(RateCurve(100), 0, 1, Arrivals::poisson, 7);
  const auto all = pacer.due_by(1s);
  pacer.due(4);
  EXPECT_EQ(pacer.due_by(1s), all);
  EXPECT_EQ(pacer.due_by(0s), 5u);
}

TEST(Presence, AsManyAreThereAsAreAskedForRounded) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 100; ++i) {
    std::vector<Stage> stages;
    double value = 1;
    for (int k = 0; k < 4; ++k) {
      const double next = static_cast<double>(random() % 20);
      if (random() % 3 == 0) value = static_cast<double>(random() % 20);
      stages.push_back({std::chrono::milliseconds(10 + random() % 900), value, next});
      value = next;
    }
    std::vector<std::pair<std::chrono::nanoseconds, int>> changes;
    for (std::uint32_t number = 0; number < 20; ++number) {
      auto time = 0ns;
      while (const auto coming = comes(stages, number, time)) {
        changes.emplace_back(*coming, 1);
        const auto going = goes(stages, number, *coming);
        if (!going) break;
        ASSERT_GT(*going, *coming);
        changes.emplace_back(time = *going, -1);
      }
    }
    std::ranges::sort(changes);
    std::chrono::nanoseconds begin{};
    for (const Stage& stage : stages) {
      for (const double share : {0.013, 0.21, 0.5, 0.77, 0.991}) {
        const auto at = begin + std::chrono::nanoseconds(std::llround(
                                    share * static_cast<double>(stage.length.count())));
        int there = 0;
        for (const auto& [time, change] : changes)
          if (time <= at) there += change;
        EXPECT_NEAR(there, std::lerp(stage.from, stage.to, share), 0.501);
      }
      begin += stage.length;
    }
  }
}

TEST(Presence, OneThatIsNeverAskedForNeverComes) {
  EXPECT_EQ(comes({{1s, 1, 5}}, 7, 0s), std::nullopt);
  EXPECT_EQ(comes({{1s, 1, 5}}, 0, 0s), 0ns);
  EXPECT_EQ(goes({{1s, 1, 5}}, 0, 0s), std::nullopt);
  EXPECT_EQ(comes({{1s, 10, 0}, {1s, 10, 10}}, 9, 500ms), 1s);
}

TEST(Profile, TheBooksTurnAfterTheWarmUpAndBetweenStages) {
  Plan plan;
  EXPECT_TRUE(turns_of(plan).empty());
  plan.warm_up = 5s;
  EXPECT_EQ(turns_of(plan), std::vector<std::chrono::nanoseconds>{5s});
  plan.profile.stages = {{10s, 1, 2}, {20s, 2, 2}};
  EXPECT_EQ(turns_of(plan), (std::vector<std::chrono::nanoseconds>{5s, 15s}));
  plan.warm_up = 0s;
  EXPECT_EQ(turns_of(plan), std::vector<std::chrono::nanoseconds>{10s});
}

TEST(Profile, AWarmUpGoesOnAsTheProfileBegins) {
  Plan plan;
  plan.profile.stages = {{10s, 100, 200}};
  plan.warm_up = 5s;
  ASSERT_EQ(rates_of(plan).size(), 2u);
  EXPECT_EQ(rates_of(plan)[0], (Stage{5s, 100, 100}));
  EXPECT_TRUE(connections_of(plan).empty());
  EXPECT_TRUE(plan.is_paced());
  plan.profile.varied = Varied::connections;
  EXPECT_TRUE(rates_of(plan).empty());
  EXPECT_EQ(connections_of(plan).size(), 2u);
  EXPECT_FALSE(plan.is_paced());
}

TEST(Profile, ConnectionSecondsAreThoseThatAreAskedFor) {
  Plan plan;
  plan.connections = 10;
  EXPECT_EQ(connection_seconds(plan, 3), 30);
  plan.profile = {Varied::connections, {{10s, 0, 10}, {10s, 10, 10}}};
  EXPECT_DOUBLE_EQ(connection_seconds(plan, 20), 150);
  EXPECT_DOUBLE_EQ(connection_seconds(plan, 5), 12.5);
}

}  // namespace
}  // namespace tws
