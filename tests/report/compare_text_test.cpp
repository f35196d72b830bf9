#include "report/compare_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <utility>

namespace tws {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

ComparedMetric metric(std::string name, Unit unit, Change change) {
  ComparedMetric one{std::move(name), unit, true, 10, 10, true, Comparison{}};
  one.comparison->change = change;
  return one;
}

CompareReport report_with(Change change) {
  CompareReport report;
  report.compared.before = report.compared.after = 10;
  report.compared.metrics = {metric("rate", Unit::per_second, change)};
  return report;
}

std::string text(const CompareReport& report) {
  return compare_text(report, {});
}

TEST(CompareText, NamesWhatWasLeftOutByReason) {
  auto report = report_with(Change::worse);
  EXPECT_THAT(text(report), Not(HasSubstr("Left out")));
  report.compared.left_out = {{false, "A 2", "the client's CPU (client-cpu)"},
                              {true, "B 1", "a short run"},
                              {true, "B 3", "the client's CPU (client-cpu)"}};
  EXPECT_THAT(text(report), HasSubstr("Left out, because they did not measure the server:\n"
                                      "  A 2, B 3: the client's CPU (client-cpu)\n"
                                      "  B 1: a short run\n"));
  EXPECT_THAT(text(report), HasSubstr("\nWorse:"));
  const auto json = compare_json(report).as_object();
  EXPECT_EQ(json.at("leftOut").as_array().size(), 3U);
  EXPECT_EQ(json.at("leftOut").at(1).at("side"), "after");
}

TEST(CompareText, SaysWhatHelpsWhereTooFewAreLeft) {
  auto report = report_with(Change::cant_tell);
  EXPECT_THAT(text(report), HasSubstr("Can't tell. The interval reaches"));
  report.compared.metrics.front().enough = false;
  EXPECT_THAT(text(report), HasSubstr("Can't tell. Too few runs are left"));
  EXPECT_THAT(text(report), HasSubstr("a lower rate (-q), a quieter machine, more runs"));
}

TEST(CompareText, SaysFirstThatTheNewServerFails) {
  auto report = report_with(Change::cant_tell);
  auto successes = metric("successes", Unit::share, Change::worse);
  successes.comparison->before = 1;
  successes.comparison->after = 0.7;
  report.compared.metrics.insert(report.compared.metrics.begin(), successes);
  report.compared.failed = {{true, "B 1", "refusals"}};
  EXPECT_THAT(text(report),
              StartsWith("The new server fails: 70.00% of its requests succeeded, and "
                         "100.00% of the old one's.\n"));
  EXPECT_THAT(text(report), HasSubstr("  B 1: refusals\n"));
  report.compared.metrics.front().comparison->change = Change::better;
  EXPECT_THAT(text(report), Not(HasSubstr("The new server fails")));
}

TEST(CompareText, SaysThatItWasInterrupted) {
  auto report = report_with(Change::same);
  EXPECT_THAT(text(report), Not(HasSubstr("nterrupted")));
  EXPECT_FALSE(compare_json(report).at("interrupted").as_bool());
  report.interrupted_of = 40;
  EXPECT_THAT(text(report), HasSubstr("Interrupted after 20 of 40 runs.\n"));
  EXPECT_TRUE(compare_json(report).at("interrupted").as_bool());
}

TEST(CompareText, LoadsDifferByTheirOptions) {
  tws::Run one, other;  // not testing::Test::Run
  one.plan.duration = 5s;
  other.plan.duration = 2s;
  other.plan.requests_per_connection = 1;
  EXPECT_THAT(plan_differences(one, other),
              ElementsAre("without --disable-keepalive, --disable-keepalive", "-z 5s, -z 2s"));
  other = one;
  other.plan.urls = {"http://a/"};
  other.plan.thresholds = {"p99 < 1s"};
  other.plan.census = !one.plan.census;
  EXPECT_THAT(plan_differences(one, other), IsEmpty());
  other.plan.headers = {{"A", "1"}};
  one.plan.headers = {{"A", "2"}};
  EXPECT_THAT(plan_differences(one, other), ElementsAre("headers"));
}

}  // namespace
}  // namespace tws
