// What the formats have in them. Their real readers are tried in tests/end_to_end/formats_test.py.
#include "report/formats.hpp"

#include "report/example_runs.hpp"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace tws {
namespace {

namespace json = boost::json;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

Reports one(Run run, std::vector<std::string> thresholds = {}, std::string name = "front page") {
  run.plan.thresholds = std::move(thresholds);
  Reports reports;
  reports.push_back(reported(std::move(name), std::move(run)));
  return reports;
}

TEST(Formats, AreFoundByName) {
  for (const Format& format : formats()) EXPECT_EQ(format_of(format.name), &format);
  EXPECT_EQ(format_of("xml"), nullptr);
  EXPECT_EQ(format_of(""), nullptr);
}

TEST(Formats, CanBeWrittenOfEveryRun) {
  for (const auto& [name, run] : examples::all())
    for (const Format& format : formats())
      for (const FormatPart& part : format.parts)
        EXPECT_NE(part.write(one(run, {"p99 < 1s", "errors < 1%"})), "") << name << format.name;
}

TEST(Json, IsOneRunOrAList) {
  auto reports = one(examples::keep_alive());
  EXPECT_TRUE(json::parse(as_json(reports)).is_object());
  reports.push_back(reported("other", examples::article()));
  EXPECT_EQ(json::parse(as_json(reports)).as_array().size(), 2u);
}

TEST(Csv, HasALineForEachSecond) {
  const auto run = examples::keep_alive();
  const auto text = as_csv(one(run, {}, "a,\"b\""));
  const auto lines = std::ranges::count(text, '\n') - 1;
  EXPECT_EQ(lines, static_cast<long>(by_second(run.timeline).size()));
  EXPECT_THAT(text, StartsWith("run,seconds,requests,errors,"));
  EXPECT_THAT(text, HasSubstr("\r\n\"a,\"\"b\"\"\",1.000,"));
}

TEST(Hdr, HasTheSecondsAndTheWhole) {
  const auto text = as_hdr(one(examples::keep_alive()));
  EXPECT_THAT(text, StartsWith("#[Histogram log format version 1.3]\n"));
  EXPECT_THAT(text, HasSubstr("\nTag=latency,0.000,"));
  auto two = one(examples::keep_alive());
  two.push_back(reported("b c", examples::keep_alive()));
  EXPECT_THAT(as_hdr(two), HasSubstr("\nTag=b_c/latency,0.000,"));
}

TEST(Junit, CountsItsCases) {
  const auto text =
      as_junit(one(examples::keep_alive(), {"p50 < 1h", "p50 < 1us"}, "a<b>&\"c\"\x01"));
  EXPECT_THAT(text, HasSubstr("name=\"a&lt;b&gt;&amp;&quot;c&quot;?\""));
  EXPECT_THAT(text, HasSubstr("tests=\"3\" failures=\"1\" errors=\"0\""));
  EXPECT_THAT(text, HasSubstr("<failure type=\"fail\""));
  EXPECT_THAT(as_junit(one(examples::interrupted(), {"p50 < 1h"})),
              HasSubstr("<error type=\"unknown\" message="));
}

TEST(Markdown, KeepsMarkupOut) {
  const auto text = as_markdown(one(examples::keep_alive(), {"p50 < 1h"}, "a|b\n`c` <script>"));
  EXPECT_THAT(text, HasSubstr("| a\\|b \\`c\\` &lt;script&gt; |"));
  EXPECT_THAT(text, HasSubstr("✅ pass"));
}

TEST(GitHub, AnnotatesWhatDidNotPass) {
  const auto text =
      github_annotations(one(examples::keep_alive(), {"p50 < 1h", "p50 < 1us"}, "100%: a,\nb"));
  EXPECT_THAT(text, StartsWith("::error title=fail%3A p50 < 1us::100%25: a,%0Ab: "));
  EXPECT_EQ(std::ranges::count(text, '\n'), 1);
  EXPECT_THAT(github_annotations(one(examples::interrupted(), {"p50 < 1h"})),
              StartsWith("::warning title=unknown%3A p50 < 1h::front page: "));
  EXPECT_EQ(github_annotations(one(examples::keep_alive(), {"p50 < 1h"})), "");
}

TEST(OpenMetrics, EscapesLabelsAndEnds) {
  const auto text = as_open_metrics(one(examples::keep_alive(), {"p50 < 1h"}, "a\"b\\c\nd"));
  EXPECT_THAT(text, HasSubstr("run=\"a\\\"b\\\\c\\nd\""));
  EXPECT_THAT(text, HasSubstr("threshold=\"p50 < 1h\"} 1\n"));
  EXPECT_THAT(text, EndsWith("# EOF\n"));
}

TEST(Tracked, HaveTheirUnits) {
  const auto reports = one(examples::keep_alive());
  const auto metrics = json::parse(as_bencher(reports)).at("front page");
  const double p50 = metrics.at("latency").at("value").as_double();
  EXPECT_GT(p50, 1e3);  // nanoseconds
  const auto smaller = json::parse(as_benchmark_action_smaller(reports));
  EXPECT_EQ(smaller.at(0).at("name"), "front page: p50");
  EXPECT_EQ(smaller.at(0).at("unit"), "ms");
  EXPECT_NEAR(smaller.at(0).at("value").as_double() * 1e6, p50, 1e-3 * p50);
  EXPECT_EQ(json::parse(as_benchmark_action_bigger(reports)).at(0).at("unit"), "requests/s");
}

TEST(Tracked, LeaveOutWhatIsUnknown) {
  EXPECT_EQ(json::parse(as_benchmark_action_smaller(one(examples::nothing()))).as_array().size(),
            0u);
  EXPECT_THAT(as_bencher(one(examples::all_failed())), Not(HasSubstr("null")));
}

}  // namespace
}  // namespace tws
