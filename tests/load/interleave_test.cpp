#include "load/interleave.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <numeric>
#include <random>

namespace tws::load {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Interleaved, EqualWeightsAreInOrder) {
  EXPECT_THAT(interleaved({1}), ElementsAre(0));
  EXPECT_THAT(interleaved({7, 7, 7}), ElementsAre(0, 1, 2));
}

TEST(Interleaved, AHeavyOneIsSpreadAmongTheOthers) {
  EXPECT_THAT(interleaved({3, 1}), ElementsAre(0, 0, 1, 0));
  EXPECT_THAT(interleaved({20, 10, 10}), ElementsAre(0, 1, 0, 2));
  EXPECT_THAT(interleaved({1, 1, 4}), ElementsAre(2, 0, 2, 2, 1, 2));
}

// No prefix has more or less of one than its share by more than the number of different weights.
TEST(Interleaved, NoPartHasMuchMoreOfOneThanItsShare) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::uint64_t> weights(1 + random() % 20);
    for (auto& weight : weights) weight = 1 + random() % 4;
    const auto order = interleaved(weights);
    const auto all =
        static_cast<double>(std::accumulate(weights.begin(), weights.end(), std::uint64_t{0}));
    std::vector<double> seen(weights.size());
    double length = 0;
    for (const auto index : order) {
      ++seen[index];
      ++length;
      for (std::size_t i = 0; i < weights.size(); ++i)
        ASSERT_LE(std::abs(seen[i] - length * static_cast<double>(weights[i]) / all), 4)
            << testing::PrintToString(weights);
    }
    for (std::size_t i = 0; i < weights.size(); ++i)
      EXPECT_EQ(seen[i] * all, static_cast<double>(weights[i]) * length);
  }
}

TEST(Interleaved, AnOrderHasAnEnd) {
  EXPECT_EQ(interleaved({longest_order - 1, 1}).size(), longest_order);
  EXPECT_THAT(interleaved({longest_order, 1}), IsEmpty());
  EXPECT_THAT(interleaved({UINT64_MAX, UINT64_MAX - 1}), IsEmpty());
  EXPECT_THAT(interleaved({1'000'000'000, 3'000'000'000}), ElementsAre(1, 0, 1, 1));
}

}  // namespace
}  // namespace tws::load
