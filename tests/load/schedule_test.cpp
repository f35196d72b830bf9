#include "load/schedule.hpp"

#include <gtest/gtest.h>

namespace tws::load {
namespace {

using namespace std::chrono_literals;

const Moment start{1h};

TEST(Schedule, WithoutARateEachRequestMayBeginAtOnceUntilNoneIsLeft) {
  Schedule schedule(2, {});
  EXPECT_EQ(schedule.take(start), start);
  EXPECT_EQ(schedule.take(start), start);
  EXPECT_FALSE(schedule.take(start));
}

TEST(Schedule, WithARateEachHasItsMoment) {
  Schedule schedule(3, Pacer(1000, 0, 1));
  EXPECT_EQ(schedule.take(start), start + 500us);
  EXPECT_EQ(schedule.take(start), start + 1500us);
}

TEST(Schedule, TheEndCountsWhatWasDueAndNobodyTook) {
  Schedule schedule(100, Pacer(1000, 0, 1));
  schedule.take(start);
  Books books(start, true);
  schedule.finish(books, start + 3ms);
  EXPECT_EQ(books.tally.never_begun, 2u);
  Schedule unpaced(100, {});
  Books others(start, false);
  unpaced.finish(others, start + 3ms);
  EXPECT_EQ(others.tally.never_begun, 0u);
}

}  // namespace
}  // namespace tws::load
