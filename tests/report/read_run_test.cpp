#include "tws/report/read_run.hpp"

#include "report/example_runs.hpp"
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
    EXPECT_TRUE(pretty(json_of(again)) == text) << name;  // the texts themselves are long
  }
}

// What an older hammer saved has no such key.
TEST(ReadRun, WithoutAPortStepWidthItIsUnknown) {
  auto saved = json_of(examples::ports_exhausted()).as_object();
  EXPECT_EQ(read_run(pretty(saved), "run.json").limits.port_step_width, 4096u);
  saved["limits"].as_object().erase("portStepWidth");
  EXPECT_EQ(read_run(pretty(saved), "run.json").limits.port_step_width, std::nullopt);
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
      [] { read_run(R"({"schema": "hammer/2"})", "run.json"); },
      ThrowsMessage<RunError>(HasSubstr("run.json: written by another hammer: \"hammer/2\"")));
  EXPECT_THAT([] { read_run(R"({"schema": "hammer-lab/1"})", "run.json"); },
              ThrowsMessage<RunError>(HasSubstr("of hammer lab: each is at scenarios[].run")));
  EXPECT_THAT([] { read_run(R"({"summary": {}})", "run.json"); },
              ThrowsMessage<RunError>(HasSubstr("run.json: not a run of hammer")));
}

}  // namespace
}  // namespace tws
