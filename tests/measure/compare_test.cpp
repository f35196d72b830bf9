#include "measure/compare.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace tws {
namespace {

using Values = std::vector<double>;

Values runs(std::mt19937& random, std::size_t count, double middle, double spread) {
  std::normal_distribution<double> varying(0, spread);
  Values values(count);
  for (double& value : values) value = middle * std::exp(varying(random));
  return values;
}

TEST(Compare, WorseIsLessOfARateAndMoreOfALatency) {
  const Values low{100, 101, 102, 103, 104}, high{150, 151, 152, 153, 154};
  EXPECT_EQ(compare(high, low, true, {}).change, Change::worse);
  EXPECT_EQ(compare(low, high, true, {}).change, Change::better);
  EXPECT_EQ(compare(low, high, false, {}).change, Change::worse);
  EXPECT_EQ(compare(high, low, false, {}).change, Change::better);
  EXPECT_EQ(compare(low, high, false, {}).before, 102);
  EXPECT_EQ(compare(low, high, false, {}).after, 152);
}

TEST(Compare, AChangeWithinTheNoiseIsNone) {
  const Values before{100, 100.1, 100.2, 100.3, 100.4}, after{102, 102.1, 102.2, 102.3, 102.4};
  EXPECT_EQ(compare(before, after, false, {.noise = 0.03}).change, Change::same);
  EXPECT_EQ(compare(before, after, false, {.noise = 0.01}).change, Change::worse);
}

TEST(Compare, FewRunsCantTellHoweverFarApart) {
  const Values before{1, 1.1, 1.2}, after{9, 9.1, 9.2};
  const auto made = compare(before, after, false, {});
  EXPECT_EQ(made.change, Change::cant_tell);
  ASSERT_TRUE(made.runs_needed);
  EXPECT_GE(*made.runs_needed, fewest_runs);
  EXPECT_EQ(compare(Values{1}, Values{9}, false, {}).change, Change::cant_tell);
  EXPECT_FALSE(compare(Values{1}, Values{9}, false, {}).runs_needed);
}

TEST(Compare, WideRunsCantTell) {
  const Values before{80, 90, 100, 110, 125}, after{85, 95, 105, 115, 130};
  const auto made = compare(before, after, false, {});
  EXPECT_EQ(made.change, Change::cant_tell);
  EXPECT_GT(made.runs_needed.value_or(0), 10U);
}

// Of a thousand pairs without a difference, at most 5 % are called worse, whatever the spread.
TEST(Compare, FalseAlarmsAreRare) {
  std::mt19937 random(16384);
  for (const double spread : {0.01, 0.03, 0.1, 0.5})
    for (const std::size_t count : {4U, 10U}) {
      int alarms = 0;
      for (int i = 0; i < 1000; ++i)
        alarms +=
            compare(runs(random, count, 100, spread), runs(random, count, 100, spread), false, {})
                .change == Change::worse;
      EXPECT_LE(alarms, 50) << spread << ", " << count;
    }
}

TEST(Compare, ATenthSlowerIsFoundWithTenRunsThatVaryByThreePercent) {
  std::mt19937 random(16384);
  int found = 0;
  for (int i = 0; i < 1000; ++i)
    found += compare(runs(random, 10, 100, 0.03), runs(random, 10, 110, 0.03), false, {}).change ==
             Change::worse;
  EXPECT_GE(found, 950);
}

// With so many runs as it asks for it tells.
TEST(Compare, TheRunsThatItAsksForAreEnough) {
  std::mt19937 random(16384);
  const auto few = compare(runs(random, 5, 100, 0.05), runs(random, 5, 100, 0.05), false, {});
  ASSERT_EQ(few.change, Change::cant_tell);
  ASSERT_TRUE(few.runs_needed);
  int told = 0;
  for (int i = 0; i < 100; ++i) {
    const auto count = *few.runs_needed;
    told +=
        compare(runs(random, count, 100, 0.05), runs(random, count, 110, 0.05), false, {}).change !=
        Change::cant_tell;
  }
  EXPECT_GE(told, 95);
}

}  // namespace
}  // namespace tws
