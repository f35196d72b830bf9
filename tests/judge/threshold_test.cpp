#include "tws/judge/threshold.hpp"

#include "tws/support/errors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace tws {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;
using Of = Metric::Of;
using As = Metric::As;

std::string refusal(std::string_view text, const Plan* plan = nullptr) {
  try {
    if (plan) {
      Plan with = *plan;
      with.thresholds = {std::string(text)};
      thresholds_of(with);
    } else {
      parse_threshold(text);
    }
  } catch (const UsageError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Threshold, HasAMetricARelationAndALimit) {
  const auto p99 = parse_threshold("p99 < 250ms");
  EXPECT_EQ(p99.text, "p99 < 250ms");
  EXPECT_EQ(p99.metric.of, Of::latency);
  EXPECT_EQ(p99.metric.as, As::percentile);
  EXPECT_EQ(p99.metric.share, 0.99);
  EXPECT_EQ(p99.relation, Relation::below);
  EXPECT_EQ(p99.limit, 0.25);
  EXPECT_EQ(p99.unit, Unit::seconds);
  EXPECT_FALSE(p99.window);
  EXPECT_FALSE(p99.abort_after);
}

TEST(Threshold, NeedsNoSpaces) {
  const auto tight = parse_threshold("p99.9<=1.5s");
  EXPECT_EQ(tight.metric.share, 0.999);  // to the last bit, as the report has it
  EXPECT_EQ(tight.relation, Relation::at_most);
  EXPECT_EQ(tight.limit, 1.5);
  const auto loose = parse_threshold("  rate  >=  20k /s ");
  EXPECT_EQ(loose.text, "rate  >=  20k /s");
  EXPECT_EQ(loose.relation, Relation::at_least);
  EXPECT_EQ(loose.limit, 20'000);
  EXPECT_EQ(loose.unit, Unit::per_second);
}

TEST(Threshold, HasEveryMetric) {
  EXPECT_EQ(parse_threshold("min > 1us").metric.as, As::min);
  EXPECT_EQ(parse_threshold("mean < 1s").metric.as, As::mean);
  EXPECT_EQ(parse_threshold("max < 1s").metric.as, As::max);
  EXPECT_EQ(parse_threshold("stddev < 1s").metric.as, As::deviation);
  EXPECT_EQ(parse_threshold("first-byte.p50 < 1s").metric.of, Of::first_byte);
  EXPECT_EQ(parse_threshold("connect.max < 1s").metric.of, Of::connect);
  EXPECT_EQ(parse_threshold("handshake.p95 < 50ms").metric.of, Of::handshake);
  EXPECT_TRUE(parse_threshold("handshake.p95 < 50ms").metric.is_time());
  EXPECT_EQ(parse_threshold("attempts < 100").unit, Unit::count);
  EXPECT_EQ(parse_threshold("attempts < 100/s").unit, Unit::per_second);
  EXPECT_EQ(parse_threshold("errors < 0.1%").limit, 0.001);
  EXPECT_EQ(parse_threshold("errors < 5").unit, Unit::count);
  EXPECT_EQ(parse_threshold("errors <= 0/s").limit, 0);
  EXPECT_EQ(parse_threshold("successes > 99 %").limit, 0.99);
  EXPECT_EQ(parse_threshold("status.5xx < 1%").metric.highest, 599);
  EXPECT_EQ(parse_threshold("status.404 < 1%").metric.lowest, 404);
  EXPECT_EQ(parse_threshold("achieved >= 100%").limit, 1);
}

TEST(Threshold, HasAWindowAndAnEnd) {
  const auto both = parse_threshold("errors < 1% over 10s abort after 30s");
  EXPECT_EQ(both.window, 10s);
  EXPECT_EQ(both.abort_after, 30s);
  EXPECT_EQ(parse_threshold("p99 < 1s abort").abort_after, 0s);
  EXPECT_FALSE(parse_threshold("p99 < 1s over 2s").abort_after);
}

struct Refused {
  std::string_view text, sentence;
};
class Refusal : public testing::TestWithParam<Refused> {};

TEST_P(Refusal, SaysWhatIsWrong) {
  const auto [text, sentence] = GetParam();
  EXPECT_EQ(refusal(text),
            std::string("--threshold: '") + std::string(text) + "': " + std::string(sentence));
}

INSTANTIATE_TEST_SUITE_P(
    Spelling, Refusal,
    testing::Values(
        Refused{"p(99) < 250ms", "k6's p(99) is p99 here"},
        Refused{"p(95)<250", "k6's p(95) is p95 here"},
        Refused{"avg < 1s", "k6's avg is mean here"},
        Refused{"http_req_duration: p(95) < 500",
                "k6's http_req_duration is pN, mean or max, as in 'p95 < 500ms' here"},
        Refused{"http_req_failed < 0.01",
                "k6's http_req_failed is errors, as in 'errors < 1%' here"},
        Refused{"http_req_tls_handshaking < 1ms",
                "k6's http_req_tls_handshaking is handshake.pN, as in 'handshake.p95 < 50ms' here"},
        Refused{"p100 < 1s", "p100 is max here"},
        Refused{"p99", "after the metric comes <, <=, > or >=, as in 'p99 < 250ms'"},
        Refused{"p99 == 1s", "after the metric comes <, <=, > or >=, as in 'p99 < 250ms'"},
        Refused{"p99 <> 1s", "after the metric comes <, <=, > or >=, as in 'p99 < 250ms'"},
        Refused{"p99 <", "the limit is missing, as in 'p99 < 250ms'"},
        Refused{"p99 < 250", "'250' needs a unit, such as 250ms or 250s"},
        Refused{"p99 < 1%", "'1%' is not a time, such as 250ms or 1.5s"},
        Refused{"rate > 1000", "'1000' is not a number of requests per second, such as 1000/s"},
        Refused{"achieved > 99", "'99' is not a share, such as 99%"},
        Refused{"errors < 101%",
                "'101%' is not a share, a number or a rate, such as 1%, 10 or 5/s"},
        Refused{"errors < 10ms",
                "'10ms' is not a share, a number or a rate, such as 1%, 10 or 5/s"},
        Refused{"attempts < 1%", "'1%' is not a number of attempts, such as 100 or 50/s"},
        Refused{"errors < 1% over", "after 'over' comes a time, such as 10s"},
        Refused{"errors < 1% over 100ms", "a window is a second or longer"},
        Refused{"errors < 1% abort after soon", "after 'after' comes a time, such as 10s"},
        Refused{"errors < 1% abort now",
                "'now' is not understood; behind the limit may stand 'over 10s' and 'abort after "
                "30s'"},
        Refused{"status.5xx < 1% over 10s",
                "'over' is for latency, rate, errors and successes: nothing else is recorded over "
                "time"},
        Refused{"attempts{http://a/ < 5", "the } behind the URL is missing"},
        Refused{"p99{http://a/} < 1s",
                "of one URL alone there are only attempts: load it in a run of its own"}));

TEST(Threshold, NamesAllMetricsWhereOneIsUnknown) {
  for (const auto text :
       {"p99.9.9 < 1s", "latency < 1s", "", "< 5", "connect < 1s", "p < 1s", "p-1 < 1s"})
    EXPECT_THAT(refusal(text), HasSubstr("is not one of pN (such as p99 or p99.9), min, mean"))
        << text;
}

TEST(Threshold, KnowsTheStatusesOfHttp) {
  for (const auto text : {"status.6xx < 1", "status.600 < 1", "status.999 < 1", "status.0xx < 1",
                          "status.099 < 1", "status.xxx < 1", "status.1000 < 1", "status. < 1"})
    EXPECT_THAT(refusal(text), HasSubstr("is not a status from 100 to 599")) << text;
  for (const auto text : {"status.1xx < 1", "status.100 < 1", "status.5xx < 1", "status.599 < 1"})
    EXPECT_EQ(refusal(text), "accepted") << text;
}

TEST(Threshold, CanHoldAndCanFail) {
  for (const auto text : {"p99 < 0ms", "p99 <= 0ms", "p99 > 0ms", "mean >= 0s"})
    EXPECT_THAT(refusal(text), HasSubstr("a time is longer than 0")) << text;
  for (const auto text : {"errors < 0", "errors < 0%", "rate < 0/s", "successes > 100%"})
    EXPECT_THAT(refusal(text), HasSubstr("it can't hold")) << text;
  for (const auto text : {"errors >= 0", "rate >= 0/s", "errors <= 100%", "status.5xx <= 100%"})
    EXPECT_THAT(refusal(text), HasSubstr("it can't fail")) << text;
  for (const auto text : {"errors <= 0", "errors < 1", "errors < 100%", "successes >= 100%",
                          "rate > 0/s", "status.5xx > 0", "p99 < 1ns"})
    EXPECT_EQ(refusal(text), "accepted") << text;
}

TEST(Threshold, GuessesWhatIsMisspelt) {
  EXPECT_THAT(refusal("error < 1%"), HasSubstr("did you mean errors?"));
  EXPECT_THAT(refusal("sucesses > 1"), HasSubstr("did you mean successes?"));
  EXPECT_THAT(refusal("latency < 1s"), Not(HasSubstr("did you mean")));
  EXPECT_THAT(refusal("p99 < 250ms overr 1s"), HasSubstr("'overr': did you mean over?"));
  EXPECT_THAT(refusal("p99 < 250ms abrot"), HasSubstr("'abrot': did you mean abort?"));
  EXPECT_THAT(refusal("p99 < 250ms for 10s"), HasSubstr("'250ms for 10s' is not a time"));
}

TEST(Threshold, SuitsItsPlan) {
  Plan plan;
  plan.urls = {"http://a/?b=1&c<d"};
  plan.duration = 5s;
  EXPECT_THAT(refusal("achieved > 99%", &plan), HasSubstr("'achieved' needs --rate"));
  EXPECT_THAT(refusal("errors < 1% over 6s", &plan),
              HasSubstr("the run of 5.00 s is shorter than the window"));
  EXPECT_EQ(refusal("errors < 1% over 5s", &plan), "accepted");
  EXPECT_THAT(refusal("errors < 1% abort after 5s", &plan),
              HasSubstr("the run of 5.00 s is over before 'abort after' begins"));
  EXPECT_EQ(refusal("errors < 1% abort after 4s", &plan), "accepted");
  EXPECT_EQ(refusal("attempts{http://a/?b=1&c<d} < 5", &plan), "accepted");
  EXPECT_THAT(refusal("attempts{http://b/} < 5", &plan), HasSubstr("is not one of the run's URLs"));
  EXPECT_EQ(refusal("rate > 1000/s", &plan), "accepted");
  plan.rate = 1000;
  EXPECT_EQ(refusal("achieved > 99%", &plan), "accepted");
  EXPECT_EQ(refusal("rate > 990/s", &plan), "accepted");
  EXPECT_EQ(refusal("rate < 100/s", &plan), "accepted");
  EXPECT_THAT(refusal("rate > 1000/s", &plan), HasSubstr("it can't hold with --rate 1000"));
}

}  // namespace
}  // namespace tws
