#include "report/search_text.hpp"

#include <boost/json/object.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>

namespace tws {
namespace {

using testing::HasSubstr;
using testing::Not;

struct SearchText : testing::Test {
  SearchReport report{{"http://a/"}, {"p99 < 50ms"}, Search({.from = 100, .to = 1000})};

  void add(double rate, Missed missed, double p99, int count = 3, bool is_hold = false) {
    for (int i = 0; i < count; ++i) {
      RateTrial trial;
      trial.step = {rate, is_hold ? 30.0 : 3.0, is_hold};
      trial.plan.urls = report.urls;
      trial.plan.rate = rate;
      trial.missed = missed;
      trial.ended = trial.due = whole_number(3 * rate);
      trial.p50 = 0.02;
      trial.p99 = p99;
      trial.service_time = trial.fastest = 0.02;
      trial.verdict.limited_by = missed == Missed::nothing ? "rate" : "server-cpu";
      trial.verdict.sentence = "Limited by the server's CPU (server-cpu).";
      trial.remedies = {{"more cores", "more of it"}};
      report.search.add(trial.step, trial.holds());
      report.trials.push_back(trial);
    }
  }
  static std::uint64_t whole_number(double value) { return static_cast<std::uint64_t>(value); }

  void find() {
    add(100, Missed::nothing, 0.021);
    add(200, Missed::nothing, 0.022);
    add(400, Missed::queue, 0.9);
    add(282.8, Missed::never_begun, 0.4);
    for (const double rate : {237.8, 218.1, 208.8, 204.4}) add(rate, Missed::queue, 0.1);
    add(202.2, Missed::queue, 0.06, 8);
    add(200, Missed::nothing, 0.022, 1, true);
  }
  std::string text(int width = 80) const { return search_text(report, {.width = width}); }
};

TEST_F(SearchText, HasBothBoundsATableAChartAndWhatStopsIt) {
  find();
  EXPECT_EQ(report.end(), SearchEnd::found);
  const auto all = text();
  EXPECT_THAT(all, HasSubstr("The highest rate that holds p99 < 50ms\n"));
  EXPECT_THAT(all, HasSubstr("200/s holds, also for 30.0 s. 202.2/s does not.\n"));
  EXPECT_THAT(all,
              HasSubstr("       200  4 of 4    20.0 ms   22.0 ms    0.00%  held at the end\n"));
  EXPECT_THAT(all, HasSubstr("     237.8  0 of 3    20.0 ms    100 ms    0.00%  the latency grew"));
  EXPECT_THAT(all,
              HasSubstr("Knee: from 202.2/s on p99 is more than twice that of the lowest rate.\n"));
  EXPECT_THAT(all, HasSubstr("What stops it there (202.2/s): Limited by the server's CPU"));
  EXPECT_THAT(all, HasSubstr("  - more cores: more of it\n"));
  EXPECT_THAT(all, HasSubstr("-q 202.2 "));
  EXPECT_THAT(all, Not(HasSubstr("no capacity of the server")));
}

TEST_F(SearchText, TheKneeIsNoSingleRateThatWasDisturbed) {
  add(100, Missed::nothing, 0.02);
  add(200, Missed::nothing, 0.05);
  add(400, Missed::nothing, 0.03);
  EXPECT_EQ(knee_of(rows_of(report)), std::nullopt);
  add(800, Missed::slo, 0.05);
  EXPECT_EQ(knee_of(rows_of(report)), 800);
}

TEST_F(SearchText, TheChartFits) {
  find();
  for (const int width : {60, 80, 120}) {
    std::istringstream lines(text(width));
    std::string line;
    int charted = 0;
    while (std::getline(lines, line)) {
      if (line.find("  ##") == line.npos) continue;
      ++charted;
      EXPECT_LE(line.size(), static_cast<std::size_t>(width)) << line;
    }
    EXPECT_EQ(charted, 9);
  }
}

TEST_F(SearchText, WhatHammerLimitsIsNoCapacityOfTheServer) {
  find();
  for (RateTrial& trial : report.trials) trial.is_servers = false;
  EXPECT_THAT(text(), HasSubstr("no capacity of the server"));
}

TEST_F(SearchText, SaysHowElseItEnded) {
  EXPECT_THAT(text(), HasSubstr("No rate was seen to hold. There was no time for more"));
  add(100, Missed::slo, 0.1);
  EXPECT_EQ(report.end(), SearchEnd::none_hold);
  EXPECT_THAT(text(),
              HasSubstr("No rate was seen to hold. 100/s does not. 100/s is the lowest rate"));
  report.was_stopped = true;
  EXPECT_EQ(report.end(), SearchEnd::stopped);
  EXPECT_THAT(text(), HasSubstr("The search was ended early."));
}

TEST_F(SearchText, SaysThatTheHighestRateHolds) {
  for (const double rate : {100, 200, 400, 800, 1000}) add(rate, Missed::nothing, 0.02);
  EXPECT_EQ(report.end(), SearchEnd::no_time);  // it is not held yet
  EXPECT_THAT(text(), HasSubstr("1,000/s holds; it was not held for 30.0 s."));
  add(1000, Missed::nothing, 0.02, 1, true);
  EXPECT_EQ(report.end(), SearchEnd::all_hold);
  EXPECT_THAT(text(), HasSubstr("every rate up to it holds"));
  EXPECT_THAT(text(), Not(HasSubstr("What stops it")));
}

TEST_F(SearchText, TheJsonHasTheSame) {
  find();
  const auto all = search_json(report).as_object();
  EXPECT_EQ(all.at("schema"), "hammer-search/1");
  EXPECT_EQ(all.at("lower"), 200.0);
  EXPECT_EQ(all.at("upper"), 202.2);
  EXPECT_EQ(all.at("knee"), 202.2);
  EXPECT_EQ(all.at("lowerWasHeld"), true);
  EXPECT_EQ(all.at("end"), "found");
  EXPECT_EQ(all.at("stop").at("limitedBy"), "server-cpu");
  EXPECT_EQ(all.at("stop").at("isServers"), true);
  EXPECT_EQ(all.at("rates").as_array().size(), report.search.rates().size());
  EXPECT_EQ(all.at("trials").as_array().size(), report.trials.size());
}

}  // namespace
}  // namespace tws
