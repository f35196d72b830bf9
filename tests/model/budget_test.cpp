#include "tws/model/budget.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <optional>
#include <vector>

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

TEST(Budget, ConnectionsThatLiveHoldTuplesEvenIfNothingElseDoes) {
  auto kept = demand(100, 0);
  kept.life_seconds = 10;
  EXPECT_EQ(budget(kept).burst, 100u);
  EXPECT_EQ(budget(kept).sustained_per_second, 10);
  EXPECT_EQ(sources_needed(kept, 1000), 100u);
}

TEST(Budget, CountsNoFurtherThanItCan) {
  auto endless = demand(28232, 1e-9, 1'000'000, 1'000'000);
  EXPECT_EQ(most_connections_in(endless, 1e9), UINT64_MAX);
  EXPECT_EQ(most_connections_in(demand(0, 60), 1e9), 0u);
  EXPECT_EQ(sources_needed(demand(0, 60), 1000), std::nullopt);
  endless.rate = 1e30;
  EXPECT_EQ(budget(endless).exhausted_at_seconds, 28232e12 / 1e30);
}

TEST(Budget, WhatIsHeldAlreadyIsMissing) {
  auto some = demand(1000, 60);
  some.held = 400;
  EXPECT_EQ(budget(some).burst, 600u);
  some.held = 4000;
  EXPECT_EQ(budget(some).burst, 0u);
  // 10 per second for 60 s are 600: what is free is enough until the rest comes back.
  some.held = 400;
  some.rate = 10;
  EXPECT_EQ(budget(some).exhausted_at_seconds, std::nullopt);
  some.rate = 11;  // as a sustained rate it would do
  EXPECT_NEAR(budget(some).exhausted_at_seconds.value(), 600 / 11.0, 1e-9);
  EXPECT_EQ(sources_needed(some, 11), 2u);
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
  macos.targets = 8;
  EXPECT_EQ(budget(macos).tuples, 16384u);
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
                    << ports << ' ' << sources << ' ' << targets << ' ' << held << ' ' << hold
                    << ' ' << life << ' ' << seconds;
              }
}

// Connections at equal intervals, each on the tuple that has been free for longest; when the first
// one finds none.
std::optional<double> played_at_rate(const Demand& asked, double seconds) {
  std::deque<double> free_again(asked.ports * asked.sources * asked.targets - asked.held, 0.0);
  const double cycle = asked.life_seconds + asked.hold_seconds;
  free_again.insert(free_again.end(), asked.held, cycle);
  for (std::uint64_t i = 0; static_cast<double>(i) / *asked.rate < seconds; ++i) {
    const double now = static_cast<double>(i) / *asked.rate;
    if (free_again.empty() || free_again.front() > now + 1e-9) return now;
    free_again.pop_front();
    free_again.push_back(now + cycle);
  }
  return {};
}

TEST(Budget, SaysWhenARateUsesItUpAsATableOfTuplesDoes) {
  for (std::uint64_t ports : {1u, 7u, 100u})
    for (std::uint64_t sources : {1u, 3u})
      for (std::uint64_t held : {0u, 1u, 5u})
        for (double hold : {0.0, 0.5, 60.0})
          for (double life : {0.0, 0.25, 2.0})
            for (double rate : {0.01, 0.5, 1.0, 3.0, 10.0, 99.5, 1000.0}) {
              auto asked = demand(ports, hold, sources);
              asked.held = std::min(held, ports * sources);
              asked.life_seconds = life;
              asked.rate = rate;
              if (life + hold == 0) continue;  // no table
              const auto said = budget(asked).exhausted_at_seconds;
              const auto seen = played_at_rate(asked, 3 * (life + hold) + 2 / rate);
              ASSERT_EQ(said.has_value(), seen.has_value())
                  << ports << ' ' << sources << ' ' << held << ' ' << hold << ' ' << life << ' '
                  << rate;
              EXPECT_NEAR(said.value_or(0), seen.value_or(0), 1e-6);
              // As many addresses as it says are enough.
              asked.sources = sources_needed(asked, rate).value();
              EXPECT_EQ(played_at_rate(asked, 3 * (life + hold) + 2 / rate), std::nullopt);
            }
}

TEST(Budget, InTheLongRunIsTheSustainedRate) {
  for (std::uint64_t ports : {1u, 100u})
    for (double hold : {0.0, 1.0, 60.0})
      for (double life : {0.25, 3.0}) {
        auto asked = demand(ports, hold, 2);
        asked.life_seconds = life;
        const double seconds = 1000 * (life + hold);
        const auto made = static_cast<double>(played(asked, seconds));
        const double said = budget(asked).sustained_per_second.value();
        EXPECT_NEAR(made / seconds, said, 0.01 * said) << ports << ' ' << hold << ' ' << life;
      }
}

TEST(Search, SlowsDownWithTheRange) {
  // Measured on Linux 6.18, 0.1 us for a port that is looked at.
  EXPECT_NEAR(search_rate(16384, 0.1e-6), 1220, 1);
  EXPECT_NEAR(search_rate(28232, 0.1e-6), 708, 1);
}

// Measured on Linux 6.18 (docs/budget.md): 14,420/s and 32,166/s with 0.1 us for each look.
TEST(Search, LeavesHalfOfTheRateAndWhatAThreadFindsBeyond) {
  EXPECT_NEAR(sustained_with_search(demand(28'232, 1), 0.1e-6, 1).most, 14'824, 1);
  EXPECT_NEAR(sustained_with_search(demand(64'512, 1), 0.1e-6, 1).most, 32'566, 1);
  EXPECT_NEAR(sustained_with_search(demand(28'232, 1), 0.1e-6, 2).most, 15'533, 1);
  // Few ports are looked through in no time.
  EXPECT_EQ(sustained_with_search(demand(1'000, 1), 0.1e-6, 1).fewest, 1'000);
  // Unknown: between a slow machine and no search.
  const auto unknown = sustained_with_search(demand(28'232, 1), {}, 1);
  EXPECT_NEAR(unknown.fewest, 14'352, 1);
  EXPECT_EQ(unknown.most, 28'232);
  auto no_search = demand(28'232, 1);
  no_search.kernel_search = false;
  EXPECT_EQ(sustained_with_search(no_search, {}, 1).fewest, 28'232);
}

TEST(Search, LeavesABurstHalfOfThePortsAndWhatThereIsTimeFor) {
  // 16,384 wanted in 10 s: half after 5 s, then 1,220/s.
  const auto all = demand(16'384, 60);
  EXPECT_NEAR(static_cast<double>(connections_with_search(all, 10, 16'384, 0.1e-6, 1)), 14'295, 1);
  EXPECT_EQ(connections_with_search(all, 10, 8'000, 0.1e-6, 1), 16'384u);  // never comes so far
  EXPECT_EQ(connections_with_search(all, 59, 100'000, 0.1e-6, 1), 16'384u);
  auto six = all;
  six.sources = 6;
  EXPECT_EQ(connections_with_search(six, 10, 49'000, 0.1e-6, 1), 98'304u);
}

TEST(DemandOn, TakesAllFromTheRulesOfTheSystem) {
  const auto linux_network = demand_on(*find_system("linux"), false);
  EXPECT_EQ(linux_network.ports, 28232u);
  EXPECT_EQ(linux_network.hold_seconds, 60);
  EXPECT_TRUE(linux_network.kernel_search && linux_network.targets_multiply);
  EXPECT_EQ(demand_on(*find_system("linux"), true).hold_seconds, 1);  // tcp_tw_reuse 2
  for (const auto* name : {"macos-11", "macos-12", "macos-15"})
    for (const bool on_loopback : {false, true}) {
      const auto macos = demand_on(*find_system(name), on_loopback);
      EXPECT_EQ(macos.ports, 16384u);
      EXPECT_EQ(macos.hold_seconds, 30);
      EXPECT_FALSE(macos.kernel_search || macos.targets_multiply);
    }
  const auto freebsd = demand_on(*find_system("freebsd-14"), false);
  EXPECT_EQ(freebsd.ports, 55536u);
  EXPECT_EQ(freebsd.hold_seconds, 60);
  EXPECT_FALSE(freebsd.kernel_search);
  EXPECT_TRUE(freebsd.targets_multiply);
  EXPECT_EQ(demand_on(*find_system("freebsd-14"), true).hold_seconds, 0);  // nolocaltimewait
}

TEST(DemandOn, LimitsOfThisMachine) {
  Limits limits;
  limits.ports = PortRange{32768, 60999};
  limits.usable_ports = 28000;
  limits.time_wait_seconds = 60;
  limits.reuse_delay_seconds = 0.5;
  limits.reuse = TimeWaitReuse::Loopback;
  EXPECT_EQ(demand_on(limits, "Linux", false).ports, 28000u);
  EXPECT_EQ(demand_on(limits, "Linux", false).hold_seconds, 60);
  EXPECT_EQ(demand_on(limits, "Linux", true).hold_seconds, 0.5);
  EXPECT_TRUE(demand_on(limits, "Linux", true).kernel_search);
  EXPECT_FALSE(demand_on(limits, "Darwin", true).kernel_search);
  EXPECT_FALSE(demand_on(limits, "FreeBSD", true).kernel_search);
  limits.reuse = TimeWaitReuse::On;
  EXPECT_EQ(demand_on(limits, "Linux", false).hold_seconds, 0.5);
  limits.timestamps = false;
  EXPECT_EQ(demand_on(limits, "Linux", false).hold_seconds, 60);
}

TEST(DemandOn, ATableIsSharedByAll) {
  const auto table = demand_on_conntrack(1000);
  EXPECT_EQ(budget(table).tuples, 1000u);
  EXPECT_EQ(table.hold_seconds, 120);
  EXPECT_FALSE(table.sources_multiply || table.targets_multiply || table.kernel_search);
}

TEST(DemandOfAPlan, DependsOnWhoCloses) {
  const SystemRules& rules = *find_system("linux");
  Plan plan;
  plan.urls = {"a", "b"};
  Limits limits;
  limits.ports = PortRange{32768, 60999};
  limits.usable_ports = 28232;
  limits.time_wait_seconds = 60;
  limits.reuse_delay_seconds = 1;
  EXPECT_EQ(demand_of(plan, limits, rules, false).hold_seconds, 0);  // kept
  plan.requests_per_connection = 1;
  EXPECT_EQ(demand_of(plan, limits, rules, false).hold_seconds, 0);  // the server closes
  plan.close_by = CloseBy::reset;
  EXPECT_EQ(demand_of(plan, limits, rules, false).hold_seconds, 0);
  plan.close_by = CloseBy::client;
  EXPECT_EQ(demand_of(plan, limits, rules, false).hold_seconds, 60);
  EXPECT_EQ(demand_of(plan, limits, rules, true).hold_seconds, 1);
  plan.urls = {"http://a/", "http://b/"};
  EXPECT_EQ(demand_of(plan, limits, rules, false).targets, 2u);
  plan.proxy = "http://p:1/";
  EXPECT_EQ(demand_of(plan, limits, rules, false).targets, 1u);  // one address
  plan.proxy.clear();
  plan.unix_socket = "/run/s";
  EXPECT_EQ(demand_of(plan, limits, rules, false).ports, 0u);
  plan.unix_socket.clear();
  EXPECT_EQ(budget(demand_of(plan, limits, rules, false, 3)).tuples, 28232u * 2 * 3);
  EXPECT_TRUE(demand_of(plan, limits, rules, false).kernel_search);
  plan.port_range = PortRange{40000, 40099};
  EXPECT_EQ(demand_of(plan, limits, rules, false).ports, 100u);
  EXPECT_FALSE(demand_of(plan, limits, rules, false).kernel_search);
  limits.reserved = std::vector{PortRange{32768, 32769}, PortRange{40090, 40199}};
  EXPECT_EQ(demand_of(plan, limits, rules, false).ports, 90u);
}

TEST(DemandOfARun, KnowsWhatIsHeldAndTheSystem) {
  tws::Run run;  // testing::Test has a Run, too
  run.environment.os = "Linux";
  run.plan.urls = {"http://127.0.0.1:80/"};
  run.plan.requests_per_connection = 1;
  run.plan.close_by = CloseBy::client;
  run.targets = {{}};
  run.targets.front().address = "127.0.0.1:80";
  run.source_addresses = 6;
  run.limits.ports = PortRange{20000, 20199};
  run.limits.usable_ports = 200;
  run.limits.reuse = TimeWaitReuse::Off;
  run.sockets_before.emplace();
  run.sockets_before->client[TcpState::TimeWait] = 1200;
  run.sockets_before->client[TcpState::FinWait2] = 3;
  run.sockets_before->client_ports = 200;
  // Six sockets on one port hold six tuples.
  EXPECT_EQ(budget(demand_of(run)).burst, 0u);
  run.source_addresses = 8;
  EXPECT_EQ(budget(demand_of(run)).burst, 8 * 200u - 1203);
  run.limits.reuse = TimeWaitReuse::Loopback;
  EXPECT_EQ(demand_of(run).hold_seconds, 1);
  EXPECT_TRUE(demand_of(run).targets_multiply);
  run.environment.os = "Darwin";
  EXPECT_FALSE(demand_of(run).targets_multiply);
  EXPECT_FALSE(demand_of(run).kernel_search);
}

}  // namespace
}  // namespace tws
