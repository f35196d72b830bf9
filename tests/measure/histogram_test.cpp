#include "tws/measure/histogram.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace tws {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

TEST(Histogram, EmptyHasNoValues) {
  const Histogram histogram;
  EXPECT_TRUE(histogram.empty());
  EXPECT_EQ(histogram.min(), std::nullopt);
  EXPECT_EQ(histogram.mean(), std::nullopt);
  EXPECT_EQ(histogram.quantile(0.5), std::nullopt);
  EXPECT_EQ(quantile_with_unfinished(histogram, Histogram{}, 0.5), std::nullopt);
}

TEST(Histogram, OneValueIsItsEveryQuantile) {
  Histogram histogram;
  histogram.record(6'714'600us);
  for (double share : {0.0, 0.1, 0.5, 0.9999, 1.0})
    EXPECT_DOUBLE_EQ(histogram.quantile(share).value(), 6.7146) << share;
  EXPECT_DOUBLE_EQ(histogram.mean().value(), 6.7146);
}

// From 1 us to 1 h, against the sorted values themselves.
TEST(Histogram, ThreeSignificantDigitsHoldOverTheWholeRange) {
  std::mt19937_64 random{1};
  std::uniform_real_distribution<double> exponent{3, std::log10(3.6e12)};
  Histogram histogram;
  std::vector<double> values;
  for (int i = 0; i < 20'000; ++i) {
    const auto value = std::llround(std::pow(10, exponent(random)));
    histogram.record(nanoseconds{value});
    values.push_back(static_cast<double>(value) * 1e-9);
  }
  std::sort(values.begin(), values.end());
  for (double share : {0.001, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 0.9999, 1.0}) {
    const auto rank = static_cast<std::size_t>(std::ceil(share * 20'000));
    const double truth = values[rank - 1];
    EXPECT_NEAR(histogram.quantile(share).value(), truth, truth * 0.0005) << share;
  }
  EXPECT_DOUBLE_EQ(histogram.min().value(), values.front());
  EXPECT_DOUBLE_EQ(histogram.max().value(), values.back());
}

TEST(Histogram, EveryBucketEndIsWithinItsPrecision) {
  for (int bits : {Histogram::three_digits, Histogram::two_digits}) {
    for (std::int64_t value = 1; value < Histogram::highest.count(); value = value * 3 / 2 + 1) {
      Histogram histogram{bits};
      histogram.record(nanoseconds{value});
      histogram.record(nanoseconds{value - 1});  // so that min and max don't hide the bucket
      histogram.record(nanoseconds{value + 1});
      const auto width = static_cast<double>(value) * 1e-9 / (1 << bits);
      EXPECT_NEAR(histogram.quantile(0.5).value(), static_cast<double>(value) * 1e-9, width + 1e-9);
    }
  }
}

TEST(Histogram, OutOfRangeIsCountedNotDropped) {
  Histogram histogram;
  histogram.record(-5ns);
  histogram.record(1h);
  EXPECT_EQ(histogram.overflow(), 0u);
  histogram.record(1h + 1ns);
  histogram.record(30h);
  EXPECT_EQ(histogram.count(), 4u);
  EXPECT_EQ(histogram.overflow(), 2u);
  EXPECT_DOUBLE_EQ(histogram.min().value(), 0);
  EXPECT_DOUBLE_EQ(histogram.max().value(), 108'000);
  EXPECT_DOUBLE_EQ(histogram.quantile(1).value(), 108'000);
  EXPECT_NEAR(histogram.quantile(0.5).value(), 3600, 2);
}

TEST(Histogram, MergingIsRecordingBoth) {
  Histogram left, right, both;
  for (int i = 1; i <= 1000; ++i) {
    (i % 3 ? left : right).record(i * 17us);
    both.record(i * 17us);
  }
  left.merge(right);
  EXPECT_EQ(left.count(), both.count());
  for (double share : {0.01, 0.5, 0.99, 1.0}) EXPECT_EQ(left.quantile(share), both.quantile(share));
  EXPECT_EQ(left.mean(), both.mean());
  left.merge(Histogram{});
  EXPECT_EQ(left.min(), both.min());
}

TEST(Histogram, SavedAndLoadedItIsTheSame) {
  Histogram histogram;
  for (int i = 1; i <= 3000; ++i) histogram.record(i * i * 1us);
  histogram.record(2h);
  const auto again = Histogram::load(histogram.save());
  EXPECT_EQ(again.save(), histogram.save());
  EXPECT_EQ(again.count(), histogram.count());
  EXPECT_EQ(again.mean(), histogram.mean());
  for (double share : {0.0, 0.1, 0.5, 0.99, 1.0})
    EXPECT_EQ(again.quantile(share), histogram.quantile(share));
  EXPECT_TRUE(Histogram::load(Histogram{}.save()).empty());
}

TEST(Histogram, CountUpToAddsUpToAll) {
  Histogram histogram;
  for (int i = 1; i <= 100; ++i) histogram.record(i * 1ms);
  histogram.record(2h);
  EXPECT_EQ(histogram.count_up_to(0), 0u);
  EXPECT_EQ(histogram.count_up_to(0.0505), 50u);
  EXPECT_EQ(histogram.count_up_to(0.1), 100u);
  EXPECT_EQ(histogram.count_up_to(3600), 100u);
  EXPECT_EQ(histogram.count_up_to(7199), 100u);
  EXPECT_EQ(histogram.count_up_to(7200), 101u);
}

TEST(UnfinishedRequests, AreLowerBoundsOnlyWhereTheyMatter) {
  Histogram measured;
  for (int i = 0; i < 1000; ++i) measured.record(1ms);
  Histogram ages;
  ages.record(7s, 50);

  const auto median = quantile_with_unfinished(measured, ages, 0.5);
  EXPECT_NEAR(median->seconds, 0.001, 1e-6);
  EXPECT_FALSE(median->lower_bound);

  const auto high = quantile_with_unfinished(measured, ages, 0.99);
  EXPECT_NEAR(high->seconds, 7, 0.01);
  EXPECT_TRUE(high->lower_bound);

  EXPECT_FALSE(quantile_with_unfinished(measured, Histogram{}, 0.99)->lower_bound);
}

TEST(UnfinishedRequests, YoungOnesShiftARankButNotAMeasuredValue) {
  Histogram measured;
  for (int i = 0; i < 100'000; ++i) measured.record(1ms);
  Histogram ages;
  ages.record(10us, 50);
  EXPECT_FALSE(quantile_with_unfinished(measured, ages, 0.5)->lower_bound);
  // The last 50 ranks could be any of theirs.
  EXPECT_TRUE(quantile_with_unfinished(measured, ages, 1)->lower_bound);
}

TEST(UnfinishedRequests, LeaveAnUpperBoundWhereEnoughFinished) {
  Histogram measured, ages;
  for (int i = 1; i <= 100; ++i) measured.record(i * 1ms);
  for (int i = 0; i < 10; ++i) ages.record(1ms);
  const auto p90 = quantile_with_unfinished(measured, ages, 0.9);  // the 99th of 110
  EXPECT_TRUE(p90->lower_bound);
  EXPECT_NEAR(p90->seconds, 0.089, 1e-3);
  EXPECT_NEAR(*p90->at_most, 0.099, 1e-3);
  EXPECT_FALSE(quantile_with_unfinished(measured, ages, 0.99)->at_most);
  EXPECT_EQ(quantile_with_unfinished(measured, Histogram{}, 0.9)->at_most, measured.quantile(0.9));
}

TEST(UnfinishedRequests, AreAllThatIsKnownWhereNothingFinished) {
  Histogram ages;
  for (const auto age : {1s, 2s, 3s}) ages.record(age);
  const auto median = quantile_with_unfinished(Histogram{}, ages, 0.5);
  EXPECT_NEAR(median->seconds, 2, 0.002);
  EXPECT_TRUE(median->lower_bound);
}

TEST(Histogram, LimitsThatDoNotGoWithTheBucketsAreNotBelieved) {
  Histogram::Saved saved;
  saved.buckets = {{1000, 2}, {5000, 1}};
  saved.min = 4000;
  saved.max = 2000;
  const auto loaded = Histogram::load(saved);
  EXPECT_NEAR(loaded.at_rank(1), 1000e-9, 1e-9);
  EXPECT_NEAR(loaded.at_rank(3), 5000e-9, 5e-9);
  Histogram merged;
  merged.merge(loaded);
  EXPECT_NEAR(merged.at_rank(3), 5000e-9, 5e-9);
}

TEST(Histogram, ValuesBeyondTheHighestAreMergedAndSaved) {
  Histogram one, other;
  other.record(Histogram::highest * 3);
  one.merge(other);
  EXPECT_EQ(one.overflow(), 1u);
  EXPECT_EQ(Histogram::load(one.save()).save(), other.save());
}

}  // namespace
}  // namespace tws
