#include "report/svg_chart.hpp"

#include "report/example_runs.hpp"
#include "report/html_text.hpp"
#include "report/time_columns.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace tws {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::vector<std::string> words_of(const Axis& axis) {
  std::vector<std::string> words;
  for (const AxisTick& tick : axis.ticks) words.push_back(tick.words);
  return words;
}

TEST(Axes, HaveRoundTicks) {
  EXPECT_THAT(words_of(count_axis(1739)), ElementsAre("0", "500", "1,000", "1,500", "2,000"));
  EXPECT_THAT(words_of(count_axis(0.7)), ElementsAre("0", "0.2", "0.4", "0.6", "0.8"));
  EXPECT_THAT(words_of(count_axis(0)), ElementsAre("0", "0.5", "1"));
  EXPECT_THAT(words_of(time_axis(10)), ElementsAre("0 s", "2 s", "4 s", "6 s", "8 s", "10 s"));
  EXPECT_THAT(words_of(time_axis(3600)), ElementsAre("0 s", "20 min", "40 min", "60 min"));
  EXPECT_THAT(words_of(latency_axis(0.0009, 0.2)), ElementsAre("1 ms", "10 ms", "100 ms"));
  EXPECT_THAT(words_of(latency_axis(0.0009, 0.009)), ElementsAre("1 ms", "2 ms", "5 ms"));
  EXPECT_THAT(words_of(nines_axis(20'000)), ElementsAre("0%", "90%", "99%", "99.9%", "99.99%"));
  EXPECT_THAT(words_of(nines_axis(2)), ElementsAre("0%", "50%", "90%"));
}

TEST(Axes, HaveFewTicksAtAnyLength) {
  for (double length = 1e-6; length < 1e9; length *= 1.7) {
    const auto time = time_axis(length);
    EXPECT_LE(time.ticks.size(), 6u) << length;
    EXPECT_LE(time.ticks.back().at, length * 1.001);
    const auto count = count_axis(length);
    EXPECT_THAT(count.ticks.size(), testing::AllOf(testing::Ge(2u), testing::Le(6u))) << length;
    EXPECT_GE(count.to, length * 0.999);
  }
}

TEST(Axes, PlaceWhatIsOutsideOnTheEdge) {
  const auto axis = count_axis(100);
  EXPECT_EQ(axis.place(50), 0.5);
  EXPECT_EQ(axis.place(-1), 0);
  EXPECT_EQ(axis.place(1e9), 1);
  const auto times = latency_axis(0.001, 0.1);
  EXPECT_NEAR(times.place(0.01), 0.5, 1e-9);
  EXPECT_EQ(times.place(0), 0);
  EXPECT_NEAR(nines_axis(100).place(nines_of(0.9)), 0.5, 1e-9);
  EXPECT_EQ(nines_axis(100).place(nines_of(1)), 1);
}

TEST(Axes, OfEqualTimesAreNotFlat) {
  const auto axis = latency_axis(0.003, 0.003);
  EXPECT_NEAR(axis.place(0.003), 0.5, 1e-9);
  EXPECT_FALSE(axis.ticks.empty());
  EXPECT_FALSE(latency_axis(0, 0).ticks.empty());
}

TEST(Paths, HaveADotForASinglePoint) {
  const auto x = time_axis(10), y = count_axis(4);
  EXPECT_EQ(line_path({{0, 5, 2}}, x, y), "M2000 1000h1");
  EXPECT_EQ(line_path({{0, 5, 2}, {0, 10, 4}}, x, y), "M2000 1000L4000 0");
  EXPECT_EQ(line_path({}, x, y), "");
}

TEST(Paths, OfStepsKeepTheirLevel) {
  const auto x = time_axis(10), y = count_axis(4);
  EXPECT_EQ(steps_path({{0, 5, 2}, {5, 10, 4}}, x, y), "M0 1000V1000H2000V0H4000");
  EXPECT_EQ(area_path({{0, 5, 2}}, x, y), "M0 2000V1000H2000V2000z");
  EXPECT_EQ(steps_path({}, x, y), "");
}

TEST(Figures, KeepMarkupOut) {
  Chart chart{.id = "a",
              .title = "<b>",
              .unit = "<u>",
              .caption = "",
              .alone = "\"<x>",
              .x = time_axis(1),
              .y = count_axis(1)};
  chart.series.push_back({"<i>\"'&", "s1", {"1"}, "M0 0"});
  chart.levels.push_back({1, "<l>"});
  chart.moments.push_back({1, "<m>"});
  chart.places = {{0.5, "<p>"}};
  const auto html = figure(chart);
  for (const char* tag : {"<b>", "<u>", "<x>", "<i>", "<l>", "<m>", "<p>", "\"\"<"})
    EXPECT_THAT(html, Not(HasSubstr(tag)));
}

TEST(HtmlText, HasNothingThatXmlHasNot) {
  EXPECT_EQ(escaped("a<b>&\"c'"), "a&lt;b&gt;&amp;&quot;c&#39;");
  EXPECT_EQ(escaped("é € 😀\n\t"), "é € 😀\n\t");
  EXPECT_EQ(escaped(std::string_view("\0\x01\x7f", 3)), "\uFFFD\uFFFD\uFFFD");
  // A byte that nothing follows, an overlong "<", a surrogate, beyond Unicode, a C1 control.
  EXPECT_EQ(escaped("\xC3"), "\uFFFD");
  EXPECT_EQ(escaped("\xC0\xBC"), "\uFFFD\uFFFD");
  EXPECT_EQ(escaped("\xE0\x80\xBC"), "\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(escaped("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(escaped("\xF5\x80\x80\x80"), "\uFFFD\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(escaped("\xC2\x80"), "\uFFFD\uFFFD");
  EXPECT_EQ(escaped("\xC3<"), "\uFFFD&lt;");
}

TEST(HtmlText, ShortensInTheMiddle) {
  EXPECT_EQ(shortened("abcdef", 6), "abcdef");
  EXPECT_EQ(shortened("abcdefghi", 6), "abcd [3 bytes left out] hi");
  EXPECT_EQ(escaped(shortened("ééééééééé", 6)).find("\uFFFD"), std::string::npos);
}

TEST(TimeColumns, LoseNothing) {
  for (const auto& [name, run] : examples::all())
    for (const std::size_t most : {7u, 120u}) {
      const auto columns = time_columns(run, most);
      EXPECT_LE(columns.size(), most) << name;
      std::uint64_t requests = 0, errors = 0, latencies = 0, expected = 0;
      double at = 0;
      for (const TimeColumn& one : columns) {
        EXPECT_EQ(one.from, at);
        EXPECT_GT(one.to, at);
        at = one.to;
        requests += one.requests;
        errors += one.errors;
        latencies += one.latency.count();
      }
      for (const Sample& sample : run.timeline) {
        requests -= sample.requests;
        errors -= sample.errors;
        expected += sample.latency.unpack().count();
      }
      EXPECT_EQ(requests, 0u) << name;
      EXPECT_EQ(errors, 0u) << name;
      EXPECT_EQ(latencies, expected) << name;
    }
}

}  // namespace
}  // namespace tws
