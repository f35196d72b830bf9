#include "tws/report/read_run.hpp"

#include "report/example_runs.hpp"
#include "tws/report/diagnosis_text.hpp"
#include "tws/report/text.hpp"
#include "tws/support/errors.hpp"

#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>

namespace tws {
namespace {

using examples::json_of;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(ReadRun, EveryExampleComesBackTheSame) {
  for (const auto& [name, run] : examples::all()) {
    const auto text = pretty(json_of(run));
    const auto again = read_run(text, "run.json");
    EXPECT_TRUE(again == run) << name;
    EXPECT_TRUE(pretty(json_of(again)) == text) << name;  // the texts themselves are long
    const TextStyle style;
    EXPECT_EQ(to_text(again, style) + diagnosis_text(diagnose(again), style),
              to_text(run, style) + diagnosis_text(diagnose(run), style));
  }
}

// Headers and body may be secrets.
TEST(ReadRun, WithoutHeadersAndBodyItIsStillRead) {
  auto run = examples::keep_alive();
  run.plan.headers = {{"Authorization", "Basic abc"}};
  run.plan.body = "secret";
  auto saved = json_of(run).as_object();
  saved["plan"].as_object().erase("headers");
  saved["plan"].as_object().erase("body");
  run.plan.headers.clear();
  run.plan.body = {};
  EXPECT_TRUE(read_run(pretty(saved), "run.json") == run);
}

TEST(ReadRun, WhatIsMissingIsNamed) {
  auto saved = json_of(examples::keep_alive()).as_object();
  saved["plan"].as_object().erase("closeBy");
  EXPECT_THAT([&] { read_run(pretty(saved), "run.json"); },
              ThrowsMessage<RunError>("run.json: damaged: plan: closeBy: missing"));
}

// Any part of it missing or of another kind is told, and nothing worse happens.
TEST(ReadRun, DamageIsTold) {
  const auto whole = json_of(examples::interrupted()).as_object();
  const std::vector<boost::json::value> wrong{
      nullptr, -1, "x", boost::json::array{}, boost::json::object{}, 1e300};
  int told = 0;
  for (const auto& [key, value] : whole) {
    for (const auto& replacement : wrong) {
      auto damaged = whole;
      damaged[key] = replacement;
      try {
        read_run(boost::json::serialize(damaged), "run.json");
      } catch (const RunError& error) {
        EXPECT_THAT(error.what(), HasSubstr("run.json: "));
        ++told;
      }
    }
  }
  EXPECT_GT(told, 50);
}

TEST(ReadRun, ATextCutOffAnywhereIsNoRun) {
  const auto text = pretty(json_of(examples::keep_alive()));
  for (std::size_t size = 0; size + 1 < text.size(); size += 997)
    EXPECT_THROW(read_run(text.substr(0, size), "run.json"), RunError) << size;
}

TEST(ReadRun, AnotherSchemaIsNamed) {
  EXPECT_THAT(
      [] { read_run(R"({"schema": "hammer/3"})", "run.json"); },
      ThrowsMessage<RunError>(HasSubstr("run.json: written by another hammer: \"hammer/3\"")));
  EXPECT_THAT([] { read_run(R"({"schema": "hammer-lab/1"})", "run.json"); },
              ThrowsMessage<RunError>(HasSubstr("of hammer lab: each is at scenarios[].run")));
  EXPECT_THAT([] { read_run(R"({"summary": {}})", "run.json"); },
              ThrowsMessage<RunError>(HasSubstr("run.json: not a run of hammer")));
  EXPECT_THAT([] { read_run("[1, 2]", "run.json"); },
              ThrowsMessage<RunError>(HasSubstr("run.json: a list of 2 elements, not a run")));
  EXPECT_THAT([] { read_run(R"({"schema": "hammer/2"})", "run.json"); },
              ThrowsMessage<RunError>(HasSubstr(": missing")));
}

}  // namespace
}  // namespace tws
