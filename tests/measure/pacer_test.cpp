#include "measure/pacer.hpp"

#include <gtest/gtest.h>

namespace tws {
namespace {

using namespace std::chrono_literals;

TEST(Pacer, TSecondsHoldRateTimesTRequests) {
  Pacer all(1000, 0, 1);
  EXPECT_EQ(all.due(0), 500us);
  EXPECT_EQ(all.due(9999), 9999500us);
  EXPECT_EQ(all.due_by(10s), 10'000u);
  EXPECT_EQ(all.due_by(0s), 0u);
  EXPECT_EQ(all.due_by(499us), 0u);
  EXPECT_EQ(all.due_by(500us), 1u);
  EXPECT_EQ(Pacer(0.1, 0, 1).due_by(10s), 1u);
  EXPECT_EQ(Pacer(0.1, 0, 1).due_by(4s), 0u);
}

// The number of requests that are due is that of due times that have passed, whatever is rounded.
TEST(Pacer, CountsWhatItSaysIsDue) {
  for (const double rate : {0.7, 3.0, 999.9, 123'456.7, 1e9}) {
    Pacer pacer(rate, 2, 3);
    for (const std::uint64_t number : {0u, 1u, 7u, 1000u, 123'456u, 40'000'000u}) {
      const auto due = pacer.due(number);
      EXPECT_GE(pacer.due_by(due), number + 1) << rate;
      EXPECT_LE(pacer.due_by(due - 1ns), number) << rate;
    }
  }
}

TEST(Pacer, ThreadsShareTheSchedule) {
  Pacer all(100, 0, 1), first(100, 0, 2), second(100, 1, 2);
  for (std::uint64_t i = 0; i < 50; ++i) {
    EXPECT_EQ(first.due(i), all.due(2 * i));
    EXPECT_EQ(second.due(i), all.due(2 * i + 1));
  }
  EXPECT_EQ(first.due_by(1s) + second.due_by(1s), all.due_by(1s));
}

// After an hour at a rate that no binary fraction can hold the time is still the one that was
// meant.
TEST(Pacer, DoesNotDrift) {
  EXPECT_NEAR(static_cast<double>(Pacer(3, 0, 1).due(3 * 3600).count()), 3600e9 + 1e9 / 6, 1000);
}

TEST(Pacer, ACenturyIsLate) {
  EXPECT_EQ(Pacer(1e-9, 0, 1).due(1'000'000), std::chrono::nanoseconds(3'000'000'000'000'000'000));
  EXPECT_EQ(Pacer(1e-9, 0, 1).due_by(std::chrono::hours(24 * 365 * 80)), 3u);
}

}  // namespace
}  // namespace tws
