#include "report/lab_text.hpp"

#include <gmock/gmock.h>

namespace tws {
namespace {

using testing::HasSubstr;
using testing::Not;

LabRow row() {
  LabRow row;
  row.scenario = "sixteen-thousand-spawned";
  row.closes_first = "client";
  row.ports = 16384;
  row.predicted = row.measured = 16384;
  row.error = 0;
  row.per_second = 12345;
  row.verdict = "ephemeral-ports";
  row.as_predicted = true;
  return row;
}

TEST(LabText, HasEightyColumns) {
  EXPECT_EQ(lab_row(row(), {}),
            "sixteen-thousand-spawned client    16,384    16,384 exact 12,345 ephemeral-ports\n");
  EXPECT_EQ(lab_row(row(), {}).size(), 80u + 1);
  EXPECT_LE(lab_head().size(), 80u + 1);
}

TEST(LabText, WithoutACeilingThePortsAreTheLeast) {
  auto one = row();
  one.predicted.reset();
  one.error.reset();
  EXPECT_THAT(lab_row(one, {}), HasSubstr(" >16,384 "));
}

TEST(LabText, TooSlowIsNeitherRightNorWrong) {
  auto slow = row();
  slow.as_predicted = false;
  slow.too_slow = true;
  slow.why_not = "the run ended before the ports were used up";
  EXPECT_THAT(lab_row(slow, {}), HasSubstr("\n  too slow to tell: the run ended before"));
  EXPECT_THAT(lab_row(slow, {}), Not(HasSubstr("not as predicted")));
  EXPECT_EQ(lab_sum({row(), slow}), "1 of 1 as predicted, 1 too slow to tell\n");
  auto wrong = slow;
  wrong.too_slow = false;
  EXPECT_THAT(lab_row(wrong, {}), HasSubstr("not as predicted"));
  EXPECT_EQ(lab_sum({row(), wrong}), "1 of 2 as predicted\n");
}

}  // namespace
}  // namespace tws
