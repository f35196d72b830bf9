#include "tws/model/systems.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

namespace tws {
namespace {

TEST(Systems, HaveNamesThatFindThem) {
  std::set<std::string_view> names;
  for (const SystemRules& rules : known_systems()) {
    EXPECT_TRUE(names.insert(rules.name).second) << rules.name;
    EXPECT_EQ(find_system(rules.name), &rules);
  }
  for (const auto* unknown : {"", "macos", "Linux", "linux ", "conntrack"})
    EXPECT_EQ(find_system(unknown), nullptr) << unknown;
}

// rules_of_os() takes those of any version.
TEST(Systems, ChooseTheirPortsAlikeInAllVersions) {
  for (const SystemRules& rules : known_systems()) {
    const SystemRules& one = rules_of_os(rules.os);
    EXPECT_EQ(one.os, rules.os);
    EXPECT_EQ(one.order, rules.order) << rules.name;
    EXPECT_EQ(one.ports_shared, rules.ports_shared) << rules.name;
  }
  EXPECT_EQ(rules_of_os("Plan9").os, "Linux");
}

TEST(PortOrders, DependOnThePlan) {
  const auto order = [](const char* os, const Plan& plan) {
    return port_order(rules_of_os(os), plan);
  };
  Plan plan;
  EXPECT_EQ(order("Linux", plan), PortOrder::by_parity);
  EXPECT_EQ(order("Darwin", plan), PortOrder::in_order);
  EXPECT_EQ(order("FreeBSD", plan), PortOrder::random);
  plan.port_range = PortRange{40000, 40999};
  EXPECT_EQ(order("Linux", plan), PortOrder::by_hash);
  EXPECT_EQ(order("Darwin", plan), PortOrder::in_order);
  EXPECT_EQ(order("FreeBSD", plan), PortOrder::random);
  plan.ports = PortChoice::rotate;
  EXPECT_EQ(order("Linux", plan), PortOrder::in_order);
}

TEST(PortSteps, AreUntried) {
  const SystemRules& rules = *find_system("linux");
  EXPECT_EQ(rules.port_step_width, 0u);
  EXPECT_EQ(rules.unchecked, "");
  EXPECT_EQ(with_port_steps(rules, 0).unchecked, "");
  EXPECT_EQ(with_port_steps(rules, 9).port_step_width, 9u);
  EXPECT_NE(with_port_steps(rules, 9).unchecked, "");
}

TEST(TimeWaits, DependOnWhereTheTargetIs) {
  auto rules = *find_system("linux");
  EXPECT_TRUE(reuses_time_wait(rules, true));
  EXPECT_FALSE(reuses_time_wait(rules, false));
  rules.reuse = TimeWaitReuse::On;
  EXPECT_TRUE(reuses_time_wait(rules, false));
  rules.reuse = TimeWaitReuse::Off;
  EXPECT_FALSE(reuses_time_wait(rules, true));
  EXPECT_TRUE(keeps_time_wait(rules, true));
  EXPECT_FALSE(keeps_time_wait(*find_system("freebsd-14"), true));
  EXPECT_TRUE(keeps_time_wait(*find_system("freebsd-14"), false));
}

}  // namespace
}  // namespace tws
