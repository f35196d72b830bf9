#include "tws/report/json.hpp"

#include "report/example_runs.hpp"
#include "report/json_parse.hpp"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>

#include <fstream>
#include <iterator>
#include <limits>

namespace tws {
namespace {

namespace json = boost::json;
using examples::json_of;
using testing::HasSubstr;
using testing::Not;

TEST(Json, IsWhatTheRunSays) {
  const json::value run = json_of(examples::ports_exhausted());
  const auto at = [&](const char* pointer) { return run.at_pointer(pointer); };
  EXPECT_EQ(at("/schema").as_string(), run_schema_name);
  EXPECT_EQ(at("/attempts/started"), 20935u);
  EXPECT_EQ(at("/attempts/failed/EADDRNOTAVAIL"), 4551u);
  EXPECT_EQ(at("/attempts/firstFailureSeconds/EADDRNOTAVAIL"), 1.0842);
  EXPECT_EQ(at("/connections/closedBy/client"), 16384u);
  EXPECT_EQ(at("/requests/succeeded"), 16384u);
  EXPECT_EQ(at("/inFlight/byPhase/backoff"), 50u);
  EXPECT_EQ(at("/requests/inFlight"), 0u);
  EXPECT_EQ(at("/limits/reuse"), "off");
  EXPECT_EQ(at("/limits/portStepWidth"), 4096u);
  EXPECT_EQ(at("/plan/closeBy"), "client");
  EXPECT_EQ(at("/plan/portRange/low"), 49152);
  EXPECT_EQ(at("/sockets/after/client/TIME_WAIT"), 16384u);
  EXPECT_EQ(at("/sockets/after/server/TIME_WAIT"), 0u);
  EXPECT_EQ(at("/statusCodeDistribution/200"), 16384u);
  EXPECT_EQ(at("/counters/TcpExt.TW"), 16384);
  EXPECT_EQ(at("/summary/sizePerRequest"), 19);
  EXPECT_EQ(at("/interrupted"), false);
  EXPECT_EQ(at("/signal"), nullptr);
}

TEST(Json, HistogramAddsUp) {
  for (const auto& [name, run] : examples::all()) {
    const json::value root = json_of(run);
    std::uint64_t sum = 0;
    for (const auto& [edge, count] : root.at("responseTimeHistogram").as_object())
      sum += count.to_number<std::uint64_t>();
    EXPECT_EQ(sum, run.tally.latency.count()) << name;
  }
}

TEST(Json, MarksLowerBounds) {
  const json::value run = json_of(examples::article());
  EXPECT_EQ(run.at("latencyLowerBound").at("p50"), false);
  EXPECT_EQ(run.at("latencyLowerBound").at("p99.99"), true);
  auto finished = examples::article();
  finished.tally.in_flight.clear();
  const json::value exact = json_of(finished);
  for (const auto& [key, mark] : exact.at("latencyLowerBound").as_object())
    EXPECT_EQ(mark, false) << key;
}

TEST(Json, HasNoFailureWhereNothingFailed) {
  auto run = examples::keep_alive();
  run.tally.in_flight.clear();
  const json::value root = json_of(run);
  EXPECT_TRUE(root.at("errorDistribution").as_object().empty());
  EXPECT_TRUE(root.at_pointer("/attempts/failed").as_object().empty());
  EXPECT_EQ(root.at_pointer("/inFlight/oldestSeconds"), nullptr);
  EXPECT_FALSE(root.as_object().contains("latencyPercentilesNotSuccessful"));
}

TEST(Json, AnInterruptionIsMarked) {
  const json::value run = json_of(examples::interrupted());
  EXPECT_EQ(run.at("interrupted"), true);
  EXPECT_EQ(run.at("signal"), "SIGINT");
  EXPECT_EQ(run.at_pointer("/details/DNSLookup/average"), 0.00042);
}

TEST(Json, RefusedResponsesAreNoSuccess) {
  const json::value run = json_of(examples::refused());
  EXPECT_EQ(run.at_pointer("/summary/successRate"), 234047.0 / 468093);
  EXPECT_TRUE(run.as_object().contains("responseTimeHistogramNotSuccessful"));
}

TEST(Json, WhatIsUnknownIsNull) {
  const json::value run = json_of(examples::nothing());
  for (const char* pointer :
       {"/summary/successRate", "/summary/slowest", "/summary/requestsPerSec", "/rps/mean",
        "/latencyPercentiles/p50", "/details/DNSDialup/average", "/environment/os", "/plan/url",
        "/limits/portLow", "/limits/portStepWidth", "/sockets/before", "/time/shares/connect"})
    EXPECT_EQ(run.at_pointer(pointer), nullptr) << pointer;
  EXPECT_THAT(pretty(run), Not(testing::ContainsRegex(": -?(nan|inf|NaN|Inf)")));
}

// The description of the JSON is the code's; the file is for those who read it.
TEST(Json, ItsSchemaIsTheOneThatIsPublished) {
  std::ifstream file(TWS_SOURCE "/docs/hammer.schema.json");
  const std::string published(std::istreambuf_iterator<char>(file), {});
  EXPECT_TRUE(published == pretty(run_schema()) + '\n')
      << "write it anew: build/dev/tests/print_examples --schema >docs/hammer.schema.json";
}

TEST(Pretty, SaysTheSame) {
  for (const auto& [name, run] : examples::all()) {
    const std::string text = pretty(json_of(run));
    boost::system::error_code error;
    EXPECT_EQ(text, pretty(parse_exactly(text, error))) << name;
  }
}

TEST(Pretty, KeepsShortThingsOnALine) {
  const json::value value{{"a", 1}, {"b", {1.5, nullptr, true, "x\"\n"}}, {"c", json::object()}};
  EXPECT_EQ(pretty(value), "{\"a\": 1, \"b\": [1.5, null, true, \"x\\\"\\n\"], \"c\": {}}");
}

TEST(Pretty, BreaksLongThings) {
  const std::string text(100, 'x');
  const json::value value{{"first", text}, {"second", {1, 2}}, {"third", {text, text}}};
  EXPECT_EQ(pretty(value), "{\n  \"first\": \"" + text +
                               "\",\n  \"second\": [1, 2],\n  \"third\": [\n    \"" + text +
                               "\",\n    \"" + text + "\"\n  ]\n}");
}

TEST(Pretty, NumbersAreWholeAndNeverNaN) {
  const json::value value{0.1 + 0.2, 10.0, 1e-7, std::numeric_limits<double>::quiet_NaN(),
                          std::numeric_limits<double>::infinity()};
  EXPECT_EQ(pretty(value), "[0.30000000000000004, 10, 1e-07, null, null]");
}

}  // namespace
}  // namespace tws
