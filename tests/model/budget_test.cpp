#include "tws/model/budget.hpp"

#include <gtest/gtest.h>

#include <deque>

namespace tws {
namespace {

Demand demand(std::uint64_t ports, double hold, std::uint64_t sources = 1,
              std::uint64_t targets = 1) {
  Demand made;
  made.ports = ports;
  made.hold_seconds = hold;
  made.sources = sources;
  made.targets = targets;
  return made;
}

// facts of the field: ports / 60 s, ports / reuse delay, x sources x targets.
TEST(Budget, OfWellKnownSystems) {
  const auto linux_default = budget(demand(28232, 60));
  EXPECT_EQ(linux_default.burst, 28232u);
  EXPECT_NEAR(linux_default.sustained_per_second.value(), 470.5, 0.1);
  EXPECT_EQ(linux_default.search_slow_from, 14116u);
  EXPECT_NEAR(budget(demand(28232, 1)).sustained_per_second.value(), 28232, 0.1);
  EXPECT_NEAR(budget(demand(64512, 60)).sustained_per_second.value(), 1075.2, 0.1);
  EXPECT_EQ(budget(demand(16384, 60, 4, 4)).burst, 262144u);
}

TEST(Budget, NothingIsHeldNothingIsLimited) {
  const auto free = budget(demand(16384, 0));
  EXPECT_EQ(free.burst, std::nullopt);
  EXPECT_EQ(free.sustained_per_second, std::nullopt);
  EXPECT_EQ(free.exhausted_at_seconds, std::nullopt);
  EXPECT_EQ(sources_needed(demand(16384, 0), 1e6), std::nullopt);
}

TEST(Budget, WhatIsHeldAlreadyIsMissing) {
  auto some = demand(1000, 60);
  some.held = 400;
  EXPECT_EQ(budget(some).burst, 600u);
  some.held = 4000;
  EXPECT_EQ(budget(some).burst, 0u);
}

TEST(Budget, SaysWhenARateUsesItUp) {
  auto asked = demand(16384, 60);
  asked.rate = 1000;
  EXPECT_NEAR(budget(asked).exhausted_at_seconds.value(), 16.384, 1e-9);
  asked.rate = 273;  // less than comes back
  EXPECT_EQ(budget(asked).exhausted_at_seconds, std::nullopt);
}

TEST(Budget, TheOtherWayRound) {
  EXPECT_EQ(sources_needed(demand(28232, 60), 470), 1u);
  EXPECT_EQ(sources_needed(demand(28232, 60), 1000), 3u);
  EXPECT_EQ(targets_needed(demand(28232, 60, 2), 1000), 2u);
  // What it says suffices, and one less does not.
  for (double rate : {471.0, 5000.0, 200000.0}) {
    const auto needed = sources_needed(demand(28232, 60), rate).value();
    EXPECT_GE(budget(demand(28232, 60, needed)).sustained_per_second.value(), rate);
    EXPECT_LT(budget(demand(28232, 60, needed - 1)).sustained_per_second.value(), rate);
  }
}

TEST(Budget, MoreOfWhatMakesNoDifferenceIsNotOffered) {
  auto macos = demand(16384, 30);
  macos.targets_multiply = false;
  EXPECT_EQ(targets_needed(macos, 1000), std::nullopt);
  EXPECT_EQ(sources_needed(macos, 1000), 2u);
}

// A table of tuples, each free again some time after it was taken, asked for as fast as it goes.
std::uint64_t played(const Demand& asked, double seconds) {
  std::deque<double> free_again(asked.ports * asked.sources * asked.targets - asked.held, 0.0);
  for (std::uint64_t i = 0; i < asked.held; ++i)
    free_again.push_back(asked.life_seconds + asked.hold_seconds);
  std::uint64_t made = 0;
  while (!free_again.empty() && free_again.front() <= seconds) {
    free_again.push_back(free_again.front() + asked.life_seconds + asked.hold_seconds);
    free_again.pop_front();
    ++made;
  }
  return made;
}

TEST(Budget, AgreesWithATableOfTuplesOverAGrid) {
  for (std::uint64_t ports : {1u, 7u, 100u})
    for (std::uint64_t sources : {1u, 3u})
      for (std::uint64_t targets : {1u, 4u})
        for (std::uint64_t held : {0u, 1u})
          for (double hold : {0.5, 1.0, 60.0})
            for (double life : {0.0, 0.25})
              for (double seconds : {0.1, 0.9, 10.0, 59.0, 61.0, 200.3}) {
                auto asked = demand(ports, hold, sources, targets);
                asked.held = held;
                asked.life_seconds = life;
                EXPECT_EQ(most_connections_in(asked, seconds), played(asked, seconds))
                    << ports << ' ' << sources << ' ' << targets << ' ' << held << ' ' << hold << ' '
                    << life << ' ' << seconds;
              }
}

TEST(Search, SlowsDownWithTheRange) {
  // Measured on Linux 6.18, 0.1 us for a port that is looked at.
  EXPECT_NEAR(search_rate(16384, 0.1e-6), 1220, 1);
  EXPECT_NEAR(search_rate(28232, 0.1e-6), 708, 1);
}

TEST(DemandOfAPlan, DependsOnWhoCloses) {
  Plan plan;
  plan.urls = {"a", "b"};
  Limits limits;
  limits.ports = PortRange{32768, 60999};
  limits.usable_ports = 28232;
  limits.time_wait_seconds = 60;
  limits.reuse_delay_seconds = 1;
  EXPECT_EQ(demand_of(plan, limits, false).hold_seconds, 0);  // kept
  plan.requests_per_connection = 1;
  EXPECT_EQ(demand_of(plan, limits, false).hold_seconds, 0);  // the server closes
  plan.close_by = CloseBy::reset;
  EXPECT_EQ(demand_of(plan, limits, false).hold_seconds, 0);
  plan.close_by = CloseBy::client;
  EXPECT_EQ(demand_of(plan, limits, false).hold_seconds, 60);
  EXPECT_EQ(demand_of(plan, limits, true).hold_seconds, 1);
  EXPECT_EQ(budget(demand_of(plan, limits, false, 3)).tuples, 28232u * 2 * 3);
  EXPECT_TRUE(demand_of(plan, limits, false).kernel_search);
  plan.port_range = PortRange{40000, 40099};
  EXPECT_EQ(demand_of(plan, limits, false).ports, 100u);
  EXPECT_FALSE(demand_of(plan, limits, false).kernel_search);
}

}  // namespace
}  // namespace tws
