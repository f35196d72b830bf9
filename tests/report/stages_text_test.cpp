// The report of a load that changed over time.
#include "report/example_runs.hpp"
#include "report/sections.hpp"
#include "tws/report/diagnosis_text.hpp"
#include "tws/report/text.hpp"

#include <gmock/gmock.h>

namespace tws {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr TextStyle plain{};

TEST(StagesText, HasARowForEachAndNoMeanOfThemAll) {
  const auto text = to_text(examples::staged(), plain);
  EXPECT_THAT(text, HasSubstr("\n  Requests/sec:\tby stage, see Stages\n"));
  const auto rows = section(text, "Stages:");
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_THAT(rows[0], HasSubstr("requests/s"));
  EXPECT_THAT(rows[1], StartsWith("   1  0 to 400             1.00 s"));
  EXPECT_THAT(rows[2], StartsWith("   2  400                  2.00 s        400"));
  EXPECT_THAT(rows[3], StartsWith("   3  3,000                1.00 s"));
  for (const auto& row : rows) EXPECT_LE(row.size(), 80u);
  EXPECT_THAT(text, HasSubstr("Response time distribution (all stages together):\n"));
  EXPECT_THAT(section(text, "Rate:")[0], "  asked:\t3 stages, see Stages");
  EXPECT_THAT(to_text(examples::rate_kept(), plain), Not(HasSubstr("Stages")));
}

TEST(StagesText, TheChartHasThePlanBesideWhatWasMadeAndTheStagesBelow) {
  const auto text = to_text(examples::staged(), plain);
  EXPECT_THAT(text, HasSubstr("  planned requests/s\n"));
  // 40 samples of a tenth of a second: stages begin at 0, 1 and 3 s.
  EXPECT_THAT(text, HasSubstr("\n      stage  1         2                   3\n"));
  EXPECT_THAT(to_text(examples::rate_kept(), plain), Not(HasSubstr("planned")));
}

TEST(StagesText, SaysWhatAWarmUpLeft) {
  auto run = examples::staged();
  run.simulated.reset();
  EXPECT_THAT(to_text(run, plain),
              HasSubstr("Warm-up: 5.00 s before this report, with 10 connections, 2,000 responses "
                        "and 1 failure.\n"
                        "  Connections went on after it, and what the kernel held stayed: 0 client "
                        "ports in use at the start.\n"));
  run.warm_up.reset();
  EXPECT_THAT(to_text(run, plain), Not(HasSubstr("Warm-up")));
}

TEST(StagesText, TheVerdictNamesItsStageAndLeavesNoneOut) {
  const auto run = examples::staged();
  const auto text = diagnosis_text(diagnose(run), plain);
  EXPECT_THAT(text,
              HasSubstr("Verdict:\n  Stages 1 to 2 went as planned. Stage 3 (3,000/s for 1.00 "
                        "s): "));
  for (const char* stage : {"\n  Stage 1: ", "\n  Stage 2: ", "\n  Stage 3: "})
    EXPECT_THAT(text, HasSubstr(stage));
  EXPECT_THAT(text, HasSubstr("\n  Findings of stage 3:\n"));
}

}  // namespace
}  // namespace tws
