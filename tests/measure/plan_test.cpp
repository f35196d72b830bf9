#include "tws/measure/plan.hpp"

#include <gtest/gtest.h>

namespace tws {
namespace {

TEST(Statuses, AreClassesNumbersAndRanges) {
  const auto usual = parse_statuses(usual_successes);
  ASSERT_TRUE(usual);
  EXPECT_EQ(usual->count(), 200u);
  EXPECT_TRUE(usual->test(200) && usual->test(399) && !usual->test(199) && !usual->test(400));
  const auto some = parse_statuses("2xx,404,500-504");
  EXPECT_EQ(some->count(), 106u);
  EXPECT_TRUE(some->test(404) && some->test(504) && !some->test(505));
  for (const auto* text : {"", ",", "2xx,", "20", "0xx", "2XX", "2xxx", "099", "1000", "500-400",
                           "-500", "200-", "200 ", "200;404"})
    EXPECT_FALSE(parse_statuses(text)) << text;
}

TEST(UsablePorts, AreTheSystemsUnlessThePlanNarrowsThem) {
  Plan plan;
  Limits limits;
  EXPECT_FALSE(usable_ports(plan, limits));
  limits.ports = PortRange{32768, 60999};
  EXPECT_EQ(usable_ports(plan, limits)->count, 28232u);
  plan.port_range = PortRange{50000, 50009};
  EXPECT_EQ(usable_ports(plan, limits)->range, (PortRange{50000, 50009}));
  EXPECT_EQ(usable_ports(plan, limits)->count, 10u);
}

TEST(UsablePorts, IgnoreABoundOutsideTheSystemsRange) {
  Plan plan;
  Limits limits;
  limits.ports = PortRange{32768, 60999};
  plan.port_range = PortRange{50000, 65535};
  EXPECT_EQ(usable_ports(plan, limits)->range, (PortRange{50000, 60999}));
  plan.port_range = PortRange{1024, 2000};
  EXPECT_EQ(usable_ports(plan, limits)->range, (PortRange{32768, 60999}));
}

TEST(UsablePorts, LeaveOutReservedOnes) {
  Plan plan;
  Limits limits;
  limits.ports = PortRange{100, 199};
  limits.reserved = {{50, 109}, {150, 150}, {300, 400}};
  EXPECT_EQ(usable_ports(plan, limits)->count, 89u);
}

TEST(UsablePorts, LeaveOutHeldOnes) {
  Plan plan;
  Limits limits;
  limits.ports = PortRange{100, 199};
  limits.held_ports = 3;
  limits.usable_ports = 97;
  EXPECT_EQ(usable_ports(plan, limits)->count, 97u);
  plan.port_range = limits.ports;
  EXPECT_EQ(usable_ports(plan, limits)->count, 97u);
  // Some of the held ones may be in here, or none.
  plan.port_range = PortRange{100, 149};
  EXPECT_EQ(usable_ports(plan, limits)->count, 50u);
  plan.port_range = PortRange{100, 198};
  EXPECT_EQ(usable_ports(plan, limits)->count, 97u);
  // Where it is known which they are, each part is exact.
  limits.held = {{100, 101}, {160, 160}};
  EXPECT_EQ(usable_ports(plan, limits)->count, 96u);
  plan.port_range = PortRange{102, 149};
  EXPECT_EQ(usable_ports(plan, limits)->count, 48u);
}

TEST(UsablePorts, OfASystemWhoseRangeIsNotKnownAreThePlans) {
  Plan plan;
  Limits limits;
  limits.usable_ports = 7;
  EXPECT_FALSE(usable_ports(plan, limits));
  plan.port_range = PortRange{100, 149};
  limits.reserved = {{140, 160}};
  EXPECT_EQ(usable_ports(plan, limits)->count, 40u);
}

}  // namespace
}  // namespace tws
