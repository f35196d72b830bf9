#include "measure/statistics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace tws {
namespace {

using Values = std::vector<double>;

// The known answers are R's (4.2.2), of wilcox.test(log(new), log(old), conf.int = TRUE).
const Values rolled{19.8, 13.3, 15.7, 20.1, 16.2};
const Values later{22.4, 25.1, 21.0, 24.6, 19.9, 23.3};
// From R's own page of wilcox.test.
const Values at_term{0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46};
const Values earlier{1.15, 0.88, 0.90, 0.74, 1.21};

TEST(Statistics, MedianOfOddAndEvenNumbers) {
  EXPECT_EQ(median(Values{3, 1, 2}), 2);
  EXPECT_EQ(median(Values{4, 1, 2, 3}), 2.5);
  EXPECT_EQ(median(Values{7}), 7);
}

TEST(Statistics, MannWhitneyIsAsInR) {
  EXPECT_NEAR(mann_whitney_p(rolled, later), 0.00865800865801, 1e-12);
  EXPECT_NEAR(mann_whitney_p(later, rolled), 0.00865800865801, 1e-12);
  EXPECT_NEAR(mann_whitney_p(at_term, earlier), 0.254412254412, 1e-12);
  EXPECT_NEAR(mann_whitney_p(Values{1, 2, 3, 4}, Values{5, 6, 7, 8}), 0.0285714285714, 1e-12);
  EXPECT_NEAR(mann_whitney_p(Values{1, 2, 3}, Values{4, 5, 6}), 0.1, 1e-12);
}

TEST(Statistics, MannWhitneyWithTiesIsAsInR) {
  EXPECT_NEAR(mann_whitney_p(Values{1, 1, 2, 2, 3}, Values{2, 2, 3, 3, 4, 4}), 0.0716731291445,
              1e-12);
  EXPECT_EQ(mann_whitney_p(Values{2, 2, 2}, Values{2, 2, 2}), 1);
}

TEST(Statistics, RatioAndItsIntervalAreAsInR) {
  const auto ratio = ratio_of(rolled, later);
  EXPECT_NEAR(ratio.estimate, 1.31677617863, 1e-10);
  ASSERT_TRUE(ratio.interval);
  EXPECT_NEAR(ratio.interval->low, 1.06060606061, 1e-10);
  EXPECT_NEAR(ratio.interval->high, 1.68421052632, 1e-10);
  const auto other = ratio_of(earlier, at_term);
  EXPECT_NEAR(other.estimate, 1.31176713708, 1e-10);
  ASSERT_TRUE(other.interval);
  EXPECT_NEAR(other.interval->low, 0.859504132231, 1e-10);
  EXPECT_NEAR(other.interval->high, 1.959459459459, 1e-10);
}

TEST(Statistics, FewRunsHaveNoInterval) {
  EXPECT_FALSE(ratio_of(Values{1, 2, 3}, Values{4, 5, 6, 7}).interval);
  EXPECT_TRUE(ratio_of(Values{1, 2, 3, 4}, Values{4, 5, 6, 7}).interval);
  EXPECT_FALSE(ratio_of(Values{1}, Values{4}).interval);
  EXPECT_EQ(ratio_of(Values{2}, Values{4}).estimate, 2);
}

// How often the interval holds the true ratio, for runs that vary by 3 %.
TEST(Statistics, TheIntervalHoldsTheTrueRatioAsOftenAsItSays) {
  std::mt19937 random(16384);
  std::normal_distribution<double> varying(0, 0.03);
  constexpr int trials = 1000;
  int held = 0;
  for (int i = 0; i < trials; ++i) {
    Values before(6), after(6);
    for (double& value : before) value = std::exp(varying(random));
    for (double& value : after) value = 1.1 * std::exp(varying(random));
    const auto interval = ratio_of(before, after).interval;
    ASSERT_TRUE(interval);
    held += interval->low <= 1.1 && 1.1 <= interval->high ? 1 : 0;
  }
  EXPECT_GE(held, 940);  // 95 % or more, less two standard deviations
}

}  // namespace
}  // namespace tws
