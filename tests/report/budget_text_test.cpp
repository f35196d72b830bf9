#include "tws/report/budget_text.hpp"

#include <gmock/gmock.h>

namespace tws {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(BudgetText, SaysHowFarAndWhatIsNeeded) {
  Demand demand;
  demand.ports = 28232;
  demand.rate = 1000;
  demand.duration_seconds = 10;
  const auto text = budget_text(demand, 0.1e-6);
  EXPECT_THAT(text, HasSubstr("28,232 ports x 1 source address x 1 target = 28,232 tuples"));
  EXPECT_THAT(text, HasSubstr("470.5 connections per second"));
  EXPECT_THAT(text, HasSubstr("used up after 28.2 s"));
  EXPECT_THAT(text, HasSubstr("3 source addresses, or 3 targets, would hold it"));
  EXPECT_THAT(text, HasSubstr("708 connections per second and thread"));
  EXPECT_THAT(budget_text(demand, {}), Not(HasSubstr("and thread")));
}

TEST(BudgetText, WithoutAHoldThereIsNoCeiling) {
  Demand demand;
  demand.ports = 100;
  demand.hold_seconds = 0;
  EXPECT_THAT(budget_text(demand, {}), HasSubstr("no ceiling"));
  EXPECT_EQ(budget_line(demand), "");
}

TEST(BudgetText, OffersOnlyWhatHelps) {
  Demand demand;
  demand.ports = 262144;
  demand.hold_seconds = 120;
  demand.rate = 3000;
  demand.sources_multiply = demand.targets_multiply = false;
  EXPECT_THAT(budget_text(demand, {}), HasSubstr("360,000 tuples would hold it"));
}

TEST(LimitsText, UnknownIsUnknown) {
  const auto text = limits_text(Limits{}, "Linux");
  EXPECT_THAT(text, HasSubstr("source ports               unknown"));
  EXPECT_THAT(text, Not(HasSubstr("in a burst")));
}

}  // namespace
}  // namespace tws
