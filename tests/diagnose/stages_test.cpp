// Of a load that changes over time the verdict is about one of its stages, which it names.
#include "diagnose/runs.hpp"
#include "tws/model/simulation.hpp"

#include <gmock/gmock.h>

namespace tws::diagnosis {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// 10 connections and 10 ms: 1,000 per second.
Run over_time(Varied varied, std::vector<Stage> stages) {
  Simulation simulation;
  simulation.system = *find_system("linux");
  simulation.plan.profile = {varied, std::move(stages)};
  simulation.plan.duration = simulation.plan.profile.length();
  simulation.plan.connections = varied == Varied::rate ? 10 : 20;
  simulation.delay = 10ms;
  return simulate(simulation);
}

TEST(Stages, ARateThatIsKeptToInEachIsThePlans) {
  const auto diagnosis = diagnose(over_time(Varied::rate, {{2s, 100, 100}, {2s, 400, 400}}));
  EXPECT_EQ(diagnosis.verdict.limited_by, "rate");
  EXPECT_THAT(diagnosis.verdict.sentence,
              StartsWith("Every stage went as planned. Stage 2 (400/s for 2.00 s): Limited by"));
  EXPECT_TRUE(diagnosis.verdict.valid);
  ASSERT_EQ(diagnosis.stages.size(), 2u);
  EXPECT_EQ(diagnosis.stage, 1u);
}

TEST(Stages, TheFirstThatWasNotMadeIsTheOneThatTheVerdictIsAbout) {
  const auto diagnosis =
      diagnose(over_time(Varied::rate, {{2s, 100, 100}, {2s, 3000, 3000}, {3s, 50, 50}}));
  EXPECT_EQ(diagnosis.stage, 1u);
  EXPECT_THAT(diagnosis.verdict.sentence,
              StartsWith("Stage 1 went as planned. Stage 2 (3,000/s for 2.00 s): "));
  EXPECT_FALSE(diagnosis.verdict.rate_is_servers);
  const auto* finding = find(diagnosis, "rate");
  ASSERT_TRUE(finding);
  EXPECT_THAT(finding->headline, HasSubstr("3,000 requests per second were asked for"));
}

TEST(Stages, OfARampTheVerdictSaysHowFarItWasKeptTo) {
  const auto ramp = diagnose(over_time(Varied::rate, {{6s, 0, 3000}}));
  EXPECT_THAT(ramp.verdict.sentence, StartsWith("Stage 1 (0 to 3,000/s for 6.00 s) kept to its "
                                                "plan until 2."));
  EXPECT_THAT(ramp.verdict.sentence, HasSubstr("at 1,"));
  const auto kept = diagnose(over_time(Varied::rate, {{4s, 10, 500}}));
  EXPECT_THAT(kept.verdict.sentence,
              StartsWith("Stage 1 (10 to 500/s for 4.00 s) kept to its plan. Limited by"));
  for (const Remedy& one : kept.findings.at(0).remedies)
    EXPECT_THAT(one.action, Not(HasSubstr("-q")));
}

TEST(Stages, WhereHalfIsRefusedThePlanWasKeptAllTheSame) {
  auto run = over_time(Varied::rate, {{4s, 10, 500}});
  auto& tally = run.stages.front().tally;
  const auto half = tally.responses_by_status[200] / 2;
  tally.responses_by_status[200] -= half;
  tally.responses_by_status[404] = half;
  tally.latency_of_refused.record(10ms, half);
  for (Sample& sample : run.timeline) sample.requests /= 2;
  const auto sentence = diagnose(run).verdict.sentence;
  EXPECT_THAT(sentence, StartsWith("Stage 1 (10 to 500/s for 4.00 s): The load did not get"));
  EXPECT_THAT(sentence, Not(HasSubstr("its plan")));
}

TEST(Stages, OfConnectionsTooAndAPauseIsNoFailure) {
  const auto rising = diagnose(over_time(Varied::connections, {{2s, 2, 2}, {2s, 20, 20}}));
  EXPECT_EQ(rising.stage, 1u);
  EXPECT_THAT(rising.verdict.sentence, HasSubstr("Stage 2 (20 connections for 2.00 s): "));
  const auto paused =
      diagnose(over_time(Varied::rate, {{2s, 100, 100}, {1s, 0, 0}, {2s, 100, 100}}));
  EXPECT_EQ(paused.verdict.limited_by, "rate") << paused.verdict.sentence;
  EXPECT_TRUE(paused.verdict.valid);
}

}  // namespace
}  // namespace tws::diagnosis
