#include "report/budget_text.hpp"

#include <gmock/gmock.h>

#include <sstream>

namespace tws {
namespace {

std::size_t widest_line(const std::string& text) {
  std::istringstream lines(text);
  std::size_t widest = 0;
  for (std::string line; std::getline(lines, line);) widest = std::max(widest, line.size());
  return widest;
}

Limits all_known() {
  Limits limits;
  limits.ports = PortRange{32768, 60999};
  limits.reserved_ports = limits.held_ports = 28232;
  limits.usable_ports = 28232;
  limits.port_step_width = 4'294'967'295;
  limits.time_wait_seconds = 60;
  limits.reuse = TimeWaitReuse::Loopback;
  limits.reuse_delay_seconds = 1;
  limits.timestamps = true;
  limits.max_time_wait = limits.open_files = limits.open_files_hard = 1'073'741'816;
  limits.somaxconn = limits.syn_backlog = limits.conntrack_count = limits.conntrack_max = 262144;
  return limits;
}

using testing::HasSubstr;
using testing::Not;

TEST(LimitsText, WhatAnOlderLinuxHasNotIsNotUnknown) {
  auto limits = all_known();
  limits.port_step_width.reset();
  EXPECT_THAT(limits_text(limits, "Linux"),
              HasSubstr("port step width           none  Linux 7.1 and newer have it\n"));
  EXPECT_TRUE(limits_report_json(limits, "Linux").at_pointer("/limits/portStepWidth").is_null());
}

TEST(LimitsText, ReuseComesAfterASecondWhereThatCanNotBeSet) {
  auto limits = all_known();
  limits.reuse_delay_seconds = 0.5;
  EXPECT_THAT(limits_text(limits, "Linux"),
              HasSubstr("500 ms  /proc/sys/net/ipv4/tcp_tw_reuse_delay"));
  limits.reuse_delay_seconds.reset();
  EXPECT_THAT(limits_text(limits, "Linux"), HasSubstr("1.00 s  fixed before Linux 6.14\n"));
  EXPECT_EQ(limits_report_json(limits, "Linux").at_pointer("/limits/reuseDelaySeconds"), 1.0);
  EXPECT_THAT(limits_text(limits, "Darwin"), Not(HasSubstr("6.14")));
}

TEST(BudgetText, SaysHowFarAndWhatIsNeeded) {
  Demand demand;
  demand.ports = 28232;
  demand.rate = 1000;
  demand.duration_seconds = 10;
  const auto text = budget_text(demand, 0.1e-6);
  EXPECT_THAT(text, HasSubstr("28,232 ports x 1 source address x 1 target = 28,232 tuples"));
  EXPECT_THAT(text, HasSubstr("sustained     470.5 connections per second"));
  EXPECT_THAT(text, HasSubstr("1,000/s       used up after 28.2 s, not within that time"));
  EXPECT_THAT(text, HasSubstr("3 source addresses, or 3 targets, would hold it"));
  EXPECT_THAT(text, HasSubstr("708.4 connections per second and thread"));
  EXPECT_THAT(budget_text(demand, {}), Not(HasSubstr("and thread")));
}

TEST(BudgetText, WithoutAHoldThereIsNoCeiling) {
  Demand demand;
  demand.ports = 100;
  demand.hold_seconds = 0;
  EXPECT_THAT(budget_text(demand, {}), HasSubstr("no ceiling"));
  EXPECT_EQ(budget_line(demand), "");
  demand.life_seconds = 10;
  const auto text = budget_text(demand, {});
  EXPECT_THAT(text, HasSubstr("each held     while its connection lives, 10.0 s"));
  EXPECT_THAT(text, Not(HasSubstr("no ceiling")));
}

TEST(BudgetText, SaysNothingThatCannotBeCounted) {
  Demand demand;
  demand.ports = 65535;
  demand.sources = demand.targets = 1'000'000;
  demand.hold_seconds = 1e-9;
  demand.duration_seconds = 1e9;
  EXPECT_THAT(budget_text(demand, {}), HasSubstr("more connections than can be counted"));
  EXPECT_TRUE(budget_report_json(demand, {}).at("mostConnections").is_null());
}

TEST(BudgetLine, SaysWhatIsHeldAlready) {
  Demand demand;
  demand.ports = 500;
  demand.sources = 2;
  demand.held = 400;
  EXPECT_EQ(budget_line(demand),
            "500 source ports x 2 source addresses, 400 of them held already: 600 connections, "
            "then 16.7 per second, as each is held for 60.0 s");
}

TEST(BudgetLine, LeavesOpenWhatDependsOnSpeed) {
  Demand demand;
  demand.ports = 28232;
  demand.hold_seconds = 1;
  EXPECT_EQ(budget_line(demand),
            "28,232 source ports: 28,232 connections, then 14,352 to 28,232 per second, as each is "
            "held for 1.00 s and the search for a port is slow beyond 14,116 per second");
  // So few that the search takes no time, and without a search.
  demand.ports = 1000;
  EXPECT_THAT(budget_line(demand), HasSubstr("then 1,000 per second, as each is held for 1.00 s"));
  demand.ports = 28232;
  demand.kernel_search = false;
  EXPECT_THAT(budget_line(demand), HasSubstr("then 28,232 per second, as each is held for 1.00 s"));
}

TEST(BudgetText, OffersOnlyWhatHelps) {
  Demand demand;
  demand.ports = 262144;
  demand.hold_seconds = 120;
  demand.rate = 3000;
  demand.sources_multiply = demand.targets_multiply = false;
  EXPECT_THAT(budget_text(demand, {}), HasSubstr("360,000 table entries would hold it"));
}

TEST(LimitsText, UnknownIsUnknown) {
  const auto text = limits_text(Limits{}, "Linux");
  EXPECT_THAT(text, HasSubstr("source ports           unknown"));
  EXPECT_THAT(text, Not(HasSubstr("in a burst")));
  const auto json = limits_report_json(Limits{}, "Linux");
  for (const auto& [name, value] : json.at("limits").as_object())
    EXPECT_TRUE(value.is_null()) << name;
}

TEST(LimitsText, SaysWhatTheyMean) {
  const auto text = limits_text(all_known(), "Linux");
  EXPECT_THAT(text, HasSubstr("source ports       32768-60999  /proc/sys/net/ipv4/ip_local"));
  EXPECT_THAT(text,
              HasSubstr("port step width  4,294,967,295  /proc/sys/net/ipv4/ip_local_port_s"));
  EXPECT_THAT(text, HasSubstr("target on loopback           28,232        28,232\n"));
  EXPECT_THAT(text, HasSubstr("any other target             28,232         470.5\n"));
  EXPECT_THAT(text, HasSubstr("server closes, reset, or kept: no ceiling"));
  // There a server that closes can leave a client waiting.
  EXPECT_THAT(limits_text(all_known(), "Darwin"), Not(HasSubstr("server closes")));
}

TEST(LimitsText, FitsATerminal) {
  for (const auto* os : {"Linux", "Darwin", "Plan9"})
    EXPECT_LE(widest_line(limits_text(all_known(), os)), 80u);
}

TEST(LimitsJson, IsOfNumbersAndPlaces) {
  const auto json = limits_report_json(all_known(), "Linux");
  EXPECT_EQ(json.at("limits").at("usablePorts"), 28232);
  EXPECT_EQ(json.at("limits").at("portHigh"), 60999);
  EXPECT_EQ(json.at("limits").at("timestamps"), true);
  EXPECT_EQ(json.at("limits").at("reuse"), "loopback");
  EXPECT_EQ(json.at("readFrom").at("ports"), "/proc/sys/net/ipv4/ip_local_port_range");
  EXPECT_EQ(json.at("clientClosesElsewhere").at("holdSeconds"), 60.0);
  const auto darwin = limits_report_json(all_known(), "Darwin");
  EXPECT_EQ(darwin.at("clientClosesLoopback").at("holdSeconds"), 60.0);
}

}  // namespace
}  // namespace tws
