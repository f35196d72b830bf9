#include "tws/report/outcomes_text.hpp"

#include "report/paint.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace tws {
namespace {

using testing::HasSubstr;

Outcome outcome(std::string_view threshold, Result result, std::optional<double> value,
                std::string why = {}) {
  Outcome one;
  one.threshold = parse_threshold(threshold);
  one.result = result;
  one.value = value;
  one.why = std::move(why);
  return one;
}

TEST(OutcomesText, IsEmptyWithoutThresholds) {
  EXPECT_EQ(outcomes_text({}, TextStyle{}), "");
}

TEST(OutcomesText, HasValueAndMarginBesideTheLimit) {
  auto window = outcome("errors < 1% over 10s", Result::fail, 0.12);
  window.window_end = 24.3;
  EXPECT_EQ(outcomes_text({outcome("p99 < 250ms", Result::pass, 0.0204),
                           outcome("rate >= 1000/s", Result::fail, 843), window,
                           outcome("max < 1s", Result::unknown, {}, "there is no sample"),
                           outcome("errors <= 3", Result::pass, 3)},
                          TextStyle{}),
            "\nThresholds:\n"
            "  pass     p99 < 250ms\n"
            "           20.4 ms, 230 ms below the limit\n"
            "  fail     rate >= 1000/s\n"
            "           843/s, 157/s below the limit\n"
            "  fail     errors < 1% over 10s\n"
            "           12.00%, 11.00% above the limit, at worst: from 14.3 s to 24.3 s\n"
            "  unknown  max < 1s\n"
            "           there is no sample\n"
            "  pass     errors <= 3\n"
            "           3, which is the limit\n");
}

TEST(OutcomesText, MarksWhatMayBeMore) {
  auto one = outcome("p99 < 250ms", Result::unknown, 0.2, "it depends on what was in flight");
  one.at_least = true;
  EXPECT_THAT(outcome_words(one), HasSubstr(">= 200 ms, 50.0 ms below the limit; it depends"));
}

TEST(OutcomesText, StaysWithinItsWidth) {
  TextStyle style;
  style.width = 50;
  const auto one = outcome("p99 < 250ms", Result::unknown, 0.2,
                           "it is of the successes alone, and the load did not get through");
  std::istringstream lines(outcomes_text({one}, style));
  for (std::string line; std::getline(lines, line);) EXPECT_LE(columns(line), 50u) << line;
}

}  // namespace
}  // namespace tws
