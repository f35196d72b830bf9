#include "report/compare_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tws {
namespace {

using testing::HasSubstr;
using testing::Not;

CompareReport report_with(std::size_t runs, std::size_t not_valid) {
  CompareReport report;
  ComparedMetric rate{"rate", Unit::per_second, true, runs / 2, runs / 2, Comparison{}};
  rate.comparison->change = Change::worse;
  report.compared.metrics = {rate};
  report.runs = runs;
  report.not_valid = not_valid;
  if (not_valid > 0) report.limited_by = {"machine-cpu"};
  return report;
}

TEST(CompareText, ATenthOfTheRunsMayHaveMeasuredSomethingElse) {
  for (const auto& [runs, not_valid] : {std::pair{20u, 0u}, {20u, 2u}, {8u, 0u}})
    EXPECT_EQ(report_with(runs, not_valid).overall(), Change::worse) << runs << ' ' << not_valid;
  for (const auto& [runs, not_valid] : {std::pair{20u, 3u}, {8u, 1u}, {20u, 20u}})
    EXPECT_EQ(report_with(runs, not_valid).overall(), Change::cant_tell);
}

TEST(CompareText, SaysHowManyAndWhatTheyMeasured) {
  const auto text = [](const CompareReport& report) { return compare_text(report, {}); };
  EXPECT_THAT(text(report_with(20, 0)), Not(HasSubstr("did not measure the server")));
  const auto few = text(report_with(20, 2));
  EXPECT_THAT(few, HasSubstr("2 of 20 runs did not measure the server, limited by: machine-cpu\n"));
  EXPECT_THAT(few, HasSubstr("Worse:"));
  EXPECT_THAT(text(report_with(20, 3)),
              HasSubstr("Can't tell. More than a tenth of the runs did not measure the server."));
}

}  // namespace
}  // namespace tws
