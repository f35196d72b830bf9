#include "model/time_waits.hpp"

#include <gmock/gmock.h>

#include <vector>

namespace tws::model {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

struct Both {
  std::vector<std::uint32_t> freed, gone;
};

Both after(TimeWaits& waits, Time now) {
  Both both;
  waits.advance(
      now, [&](std::uint32_t id) { both.freed.push_back(id); },
      [&](std::uint32_t id) { both.gone.push_back(id); });
  return both;
}

SystemRules linux_rules() {
  return *find_system("linux");
}

class TimeWaitsTest : public testing::Test {
 protected:
  Random random{1};
};

TEST_F(TimeWaitsTest, LastAsLongAsTheSystemHasThem) {
  const auto rules = linux_rules();
  TimeWaits waits(rules, 10, false, random);
  EXPECT_TRUE(waits.add(3, 1s));
  EXPECT_TRUE(waits.contains(3));
  EXPECT_FALSE(waits.contains(4));
  EXPECT_THAT(after(waits, 61s - 1ns).freed, IsEmpty());
  const auto both = after(waits, 61s);
  EXPECT_THAT(both.freed, ElementsAre(3));
  EXPECT_THAT(both.gone, ElementsAre(3));
  EXPECT_FALSE(waits.contains(3));
  EXPECT_EQ(waits.count(), 0u);
}

TEST_F(TimeWaitsTest, CanBeTakenOverAfterTheDelayAndAreNotGone) {
  const auto rules = linux_rules();
  TimeWaits waits(rules, 10, true, random);
  waits.add(3, 500ms);
  waits.add(4, 600ms);
  EXPECT_THAT(after(waits, 1500ms - 1ns).freed, IsEmpty());
  const auto both = after(waits, 1500ms);
  EXPECT_THAT(both.freed, ElementsAre(3));
  EXPECT_THAT(both.gone, IsEmpty());
  waits.take_over(3);
  EXPECT_FALSE(waits.contains(3));
  waits.add(3, 2s);
  // The first time is of no account any more.
  EXPECT_THAT(after(waits, 60'600ms).gone, ElementsAre(4));
  EXPECT_THAT(after(waits, 62s).gone, ElementsAre(3));
}

TEST_F(TimeWaitsTest, BeforeLinux614TheSecondEndsTheDelay) {
  const auto rules = *find_system("linux-6.13");
  // When its clock's second began is chance.
  int early = 0;
  for (int i = 0; i < 100; ++i) {
    TimeWaits waits(rules, 10, true, random);
    waits.add(3, 1s);
    early += after(waits, 1500ms).freed.size() == 1;
    after(waits, 2s);
    waits.add(4, 3s);
    EXPECT_THAT(after(waits, 3s).freed, IsEmpty());
    EXPECT_THAT(after(waits, 4s).freed, ElementsAre(4));
  }
  EXPECT_GT(early, 25);
  EXPECT_LT(early, 75);
}

TEST_F(TimeWaitsTest, AreNoneWhereTheTableIsFull) {
  auto rules = linux_rules();
  rules.max_time_wait = 2;
  TimeWaits waits(rules, 10, false, random);
  EXPECT_TRUE(waits.add(1, 0s));
  EXPECT_TRUE(waits.add(2, 0s));
  EXPECT_FALSE(waits.add(3, 0s));
  EXPECT_FALSE(waits.contains(3));
  after(waits, 60s);
  EXPECT_TRUE(waits.add(3, 60s));
}

// 30 s, and up to 11 s more until the next pass where nothing else is closed.
TEST_F(TimeWaitsTest, OfMacosGoAllTogetherWhenItSuitsTheSystem) {
  const auto rules = *find_system("macos-12");
  for (int i = 0; i < 100; ++i) {
    TimeWaits waits(rules, 10, false, random);
    waits.add(1, 0s);
    waits.add(2, 1ms);
    EXPECT_THAT(after(waits, 30s - 1ns).gone, IsEmpty());
    EXPECT_THAT(after(waits, 41s + 1ms).gone, ElementsAre(1, 2));
  }
}

TEST_F(TimeWaitsTest, OfMacosGoSoonerWhileOthersAreClosed) {
  const auto rules = *find_system("macos-12");
  TimeWaits waits(rules, 10, false, random);
  waits.add(1, 0s);
  std::vector<std::uint32_t> gone;
  Time at{};
  for (; gone.empty(); at += 100ms) {
    waits.note_close(at);
    gone = after(waits, at).gone;
  }
  EXPECT_GE(at, 30s);
  EXPECT_LE(at, 31200ms);
}

// Taken over a hundred times as often as there are ids: what is kept account of stays right.
TEST_F(TimeWaitsTest, KeepNoAccountOfWhatWasTakenOver) {
  const auto rules = linux_rules();
  TimeWaits waits(rules, 1000, true, random);
  Time now{};
  for (std::uint32_t i = 0; i < 100'000; ++i, now += 2ms) {
    after(waits, now);
    if (i >= 1000) waits.take_over(i % 1000);
    ASSERT_TRUE(waits.add(i % 1000, now));
  }
  EXPECT_EQ(waits.count(), 1000u);
  EXPECT_EQ(after(waits, now + 60s).gone.size(), 1000u);
  EXPECT_EQ(waits.count(), 0u);
}

}  // namespace
}  // namespace tws::model
