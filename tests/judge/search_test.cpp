#include "judge/search.hpp"

#include "model/random.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <vector>

namespace tws {
namespace {

using testing::ElementsAre;

constexpr double for_ever = std::numeric_limits<double>::infinity();

using Server = std::function<bool(const SearchStep&)>;

// All steps, in their order.
std::vector<SearchStep> carry_out(Search& search, const Server& holds, double seconds = for_ever) {
  constexpr std::size_t most = 1000;
  std::vector<SearchStep> steps;
  while (const auto step = search.next(seconds)) {
    seconds -= step->seconds + search.plan().between;
    steps.push_back(*step);
    search.add(*step, holds(*step));
    if (steps.size() > most) {
      ADD_FAILURE() << "it does not end";
      break;
    }
  }
  return steps;
}

Server sharp(double capacity) {
  return [capacity](const SearchStep& step) { return step.rate <= capacity; };
}

double rate_of(const TriedRate* one) {
  return one ? one->rate : 0;
}

std::vector<double> rates_of(const Search& search) {
  std::vector<double> rates;
  for (const TriedRate& one : search.rates()) rates.push_back(one.rate);
  return rates;
}

TEST(Search, DoublesThenHalvesWhatIsLeftInTheLogarithm) {
  Search search({.precision = 0.1});
  const auto steps = carry_out(search, sharp(450));
  std::vector<double> in_order;
  for (const SearchStep& step : steps)
    if (in_order.empty() || in_order.back() != step.rate) in_order.push_back(step.rate);
  // The last two confirm the bounds.
  EXPECT_THAT(in_order, ElementsAre(100, 200, 400, 800, 565.7, 475.7, 436.2, 475.7, 436.2));
  EXPECT_EQ(rate_of(search.lower()), 436.2);
  EXPECT_EQ(rate_of(search.upper()), 475.7);
  EXPECT_TRUE(search.is_complete());
}

TEST(Search, EachRateHasThreeTrialsTheUpperBoundEightAndTheLowerOneIsHeldInTheEnd) {
  Search search({});
  const auto steps = carry_out(search, sharp(777));
  for (const TriedRate& one : search.rates())
    EXPECT_EQ(one.trials, &one == search.lower()   ? 4U
                          : &one == search.upper() ? 8U
                                                   : 3U)
        << one.rate;
  EXPECT_EQ(steps.back(), (SearchStep{search.lower()->rate, 30, true}));
  EXPECT_TRUE(search.lower()->was_held);
  EXPECT_LE(search.lower()->rate, 777);
  EXPECT_GT(search.upper()->rate, 777);
  EXPECT_LE(search.upper()->rate, search.lower()->rate * 1.02);
}

TEST(Search, WhatIsAskedForBoundsIt) {
  Search first_fails({.from = 100});
  EXPECT_EQ(carry_out(first_fails, sharp(99)).size(), 3U);
  EXPECT_EQ(first_fails.lower(), nullptr);
  EXPECT_EQ(rate_of(first_fails.upper()), 100);
  EXPECT_TRUE(first_fails.is_complete());

  Search all_hold({.from = 100, .to = 300});
  carry_out(all_hold, sharp(1000));
  EXPECT_THAT(rates_of(all_hold), ElementsAre(100, 200, 300));
  EXPECT_EQ(rate_of(all_hold.lower()), 300);
  EXPECT_TRUE(all_hold.lower()->was_held);
  EXPECT_EQ(all_hold.upper(), nullptr);

  Search one_rate({.from = 100, .to = 100});
  EXPECT_EQ(carry_out(one_rate, sharp(100)).size(), 4U);
}

TEST(Search, TrialsDecideByTheirSumOfSeconds) {
  Search search({.from = 100, .to = 100});
  const SearchStep trial{100, 3, false};
  const auto add = [&](bool held) {
    search.add(trial, held);
    return search.holds(search.rates().front());
  };
  EXPECT_EQ(add(true), Holds::unknown);
  EXPECT_EQ(add(true), Holds::unknown);
  EXPECT_EQ(add(false), Holds::unknown);  // one of three may be chance: there are two more
  EXPECT_EQ(add(true), Holds::unknown);
  EXPECT_EQ(add(true), Holds::yes);
  // A longer trial weighs more.
  search.add({100, 30, true}, false);
  EXPECT_EQ(search.holds(search.rates().front()), Holds::sometimes);
}

TEST(Search, WhereTrialsDisagreeNoMoreAreMadeThanCanTell) {
  Search search({.from = 100, .to = 100});
  int number = 0;
  carry_out(search, [&](const SearchStep&) { return ++number % 2 == 0; });
  EXPECT_EQ(number, 4);
  EXPECT_EQ(search.holds(search.rates().front()), Holds::sometimes);
  EXPECT_EQ(search.lower(), nullptr);
  EXPECT_EQ(search.upper(), nullptr);
}

// The bounds go around rates that hold sometimes.
TEST(Search, BoundsAreWhereTrialsAgree) {
  int number = 0;
  Search search({});
  carry_out(search, [&](const SearchStep& step) {
    return step.rate < 480 || (step.rate < 520 && ++number % 2 == 0);
  });
  EXPECT_THAT(rate_of(search.lower()), testing::DoubleNear(470, 10));
  EXPECT_THAT(rate_of(search.upper()), testing::DoubleNear(530, 11));
  EXPECT_TRUE(search.is_complete());
}

TEST(Search, AnUpperBoundThatHeldByAndByIsNone) {
  int number = 0;
  Search search({});
  carry_out(search, [&](const SearchStep& step) {
    // Three trials miss, then every other one holds.
    return step.rate < 480 || (step.rate < 520 && ++number > 3 && number % 2 == 0);
  });
  EXPECT_LT(search.lower()->rate, 480);
  EXPECT_GE(search.upper()->rate, 520);
  EXPECT_GE(search.upper()->trials, 8U);
}

TEST(Search, ARateThatDoesNotLastIsNoLowerBound) {
  Search search({});
  // Above 400 it holds for a moment only.
  carry_out(search, [](const SearchStep& step) { return step.rate <= (step.is_hold ? 400 : 500); });
  EXPECT_EQ(rate_of(search.lower()), 400);
  EXPECT_TRUE(search.lower()->was_held);
  EXPECT_GT(search.upper()->rate, 500);
}

TEST(Search, WhatIsLeftOfTheTimeIsForTheLowerBound) {
  Search enough({.between = 1});
  const auto steps = carry_out(enough, sharp(10'000), 80);
  EXPECT_TRUE(steps.back().is_hold);
  EXPECT_EQ(rate_of(enough.lower()), 800);  // four rates of three trials
  EXPECT_TRUE(enough.lower()->was_held);
  EXPECT_EQ(enough.upper(), nullptr);
  EXPECT_FALSE(enough.is_complete());

  Search too_short({.between = 1});
  EXPECT_EQ(carry_out(too_short, sharp(10'000), 13).size(), 3U);
  EXPECT_EQ(rate_of(too_short.lower()), 100);
  EXPECT_FALSE(too_short.lower()->was_held);

  Search none({.between = 1});
  EXPECT_EQ(none.next(3.9), std::nullopt);
}

double normal(model::Random& random) {
  double sum = 0;
  for (int i = 0; i < 12; ++i) sum += random.share();
  return sum - 6;
}

struct Simulated {
  int contain = 0;       // searches whose bounds contain the truth
  double width = 0;      // the mean of their widths, in the logarithm
  std::size_t most = 0;  // trials of one
};

// A thousand searches for capacities from 150 to 60,000 per second. In each trial a capacity shows
// that is off by `noise`, less where the trial is longer; and one in a hundred trials fails because
// of something else.
Simulated thousand_searches(double noise) {
  Simulated all;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    model::Random random(seed);
    const double truth = 150 * std::pow(400, random.share());
    Search search({});
    const auto steps = carry_out(search, [&](const SearchStep& step) {
      const double off = noise * normal(random) * std::sqrt(search.plan().trial / step.seconds);
      return step.rate <= truth * std::exp(off) && random.share() >= 0.01;
    });
    all.most = std::max(all.most, steps.size());
    const TriedRate *low = search.lower(), *high = search.upper();
    if (!low || !high) continue;
    all.contain += low->rate <= truth && truth <= high->rate ? 1 : 0;
    all.width += std::log(high->rate / low->rate) / 1000;
  }
  return all;
}

TEST(Search, TheBoundsContainTheTruthInNineteenOfTwentySearchesHoweverMuchTrialsVary) {
  for (const double noise : {0.0, 0.005, 0.01, 0.02, 0.04}) {
    const auto all = thousand_searches(noise);
    EXPECT_GE(all.contain, 950) << noise;
    EXPECT_LE(all.width, 0.02 + 6 * noise) << noise;
    EXPECT_LE(all.most, 130U) << noise;
  }
}

}  // namespace
}  // namespace tws
