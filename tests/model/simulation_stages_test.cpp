// Simulated loads that change over time: nothing is lost between stages, and ports end when the
// budget says so.
#include "measure/rate_curve.hpp"
#include "support/units.hpp"
#include "tws/diagnose/diagnose.hpp"
#include "tws/measure/facts.hpp"
#include "tws/model/simulation.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <cmath>
#include <numeric>

namespace tws {
namespace {

using namespace std::chrono_literals;

Simulation with(Varied varied, std::vector<Stage> stages) {
  Simulation simulation;
  simulation.system = *find_system("linux");
  simulation.plan.profile = {varied, std::move(stages)};
  simulation.plan.duration = simulation.plan.profile.length();
  if (varied == Varied::connections)
    simulation.plan.connections = static_cast<std::uint32_t>(simulation.plan.profile.highest());
  return simulation;
}

void expect_complete(const Tally& tally) {
  const auto flying = in_flight(tally);
  EXPECT_EQ(tally.attempts_started, tally.attempts_connected + total(tally.attempts_failed) +
                                        flying.by_phase[index(Phase::connect)]);
  EXPECT_EQ(tally.requests_started,
            tally.responses() + total(tally.requests_failed) + flying.requests());
}

double accounted(const Tally& tally) {
  const auto& times = tally.time_in_phase;
  return to_seconds(std::accumulate(times.begin(), times.end(), std::chrono::nanoseconds{}));
}

void expect_all_accounted_for(const Run& run) {
  expect_complete(run.tally);
  std::uint64_t responses = 0, connected = 0;
  double seconds = 0, time = 0;
  for (const StageRun& stage : run.stages) {
    expect_complete(stage.tally);
    EXPECT_NEAR(stage.from, seconds, 1e-9);
    seconds += stage.seconds;
    responses += stage.tally.responses();
    connected += stage.tally.attempts_connected;
    time += accounted(stage.tally);
  }
  EXPECT_NEAR(seconds, run.seconds, 1e-9);
  EXPECT_EQ(responses, run.tally.responses());
  EXPECT_EQ(connected, run.tally.attempts_connected);
  EXPECT_NEAR(time, accounted(run.tally), 1e-6);
  EXPECT_NEAR(accounted(run.tally), connection_seconds(run.plan, run.seconds),
              0.002 * accounted(run.tally));
}

TEST(SimulatedStages, EachHasWhatWasDueInIt) {
  const std::vector<Stage> stages{{2s, 0, 400}, {1s, 400, 400}, {1s, 900, 100}};
  auto simulation = with(Varied::rate, stages);
  simulation.delay = 3ms;
  const auto run = simulate(simulation);
  ASSERT_EQ(run.stages.size(), 3u);
  expect_all_accounted_for(run);
  const RateCurve curve(stages, 0);
  const double bounds[] = {0, 2, 3, 4};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(static_cast<double>(run.stages[i].tally.due()),
                curve.until(bounds[i + 1]) - curve.until(bounds[i]), 1.001);
    EXPECT_EQ(run.stages[i].tally.never_begun, 0u);
  }
  EXPECT_EQ(run.tally.due(), static_cast<std::uint64_t>(std::floor(curve.until(4) + 0.5)));
  EXPECT_GT(run.stages[1].cpu.servers.at(0).busy, 0);
}

TEST(SimulatedStages, WhatABusyStageDidNotBeginIsDueInTheNext) {
  // 10 connections x 100/s answer 1,000/s: a second at 3,000/s leaves 2,000, which take two more.
  auto simulation = with(Varied::rate, {{1s, 3000, 3000}, {4s, 100, 100}});
  simulation.plan.connections = 10;
  simulation.delay = 10ms;
  const auto run = simulate(simulation);
  expect_all_accounted_for(run);
  EXPECT_NEAR(static_cast<double>(run.stages[0].tally.never_begun), 2000, 50);
  EXPECT_NEAR(static_cast<double>(run.stages[1].tally.due()), 2400, 50);
  EXPECT_EQ(run.tally.due(), 3400u);
  EXPECT_EQ(run.tally.never_begun, 0u);
}

TEST(SimulatedStages, ConnectionsComeAndGo) {
  auto simulation = with(Varied::connections, {{2s, 1, 20}, {1s, 20, 20}, {1s, 5, 5}});
  simulation.delay = 10ms;
  const auto run = simulate(simulation);
  expect_all_accounted_for(run);
  EXPECT_EQ(run.tally.peak_open, 20u);
  // As many requests as connections x time / 10 ms.
  EXPECT_NEAR(static_cast<double>(run.stages[1].tally.responses()), 2000, 40);
  EXPECT_NEAR(static_cast<double>(run.stages[2].tally.responses()), 500, 20);
  EXPECT_EQ(run.stages[2].tally.in_flight.size(), 5u);
  EXPECT_EQ(run.stages[2].tally.closed_by_client, 20u);  // 15 that go, and five at the end
}

TEST(SimulatedStages, AllGoAndComeBack) {
  auto simulation = with(Varied::connections, {{1s, 3, 3}, {1s, 0, 0}, {1s, 3, 3}});
  simulation.delay = 10ms;
  const auto run = simulate(simulation);
  expect_all_accounted_for(run);
  EXPECT_EQ(run.seconds, 3);
  EXPECT_LE(run.stages[1].tally.responses(), 3u);
  EXPECT_EQ(run.tally.attempts_connected, 6u);
}

TEST(SimulatedStages, PortsEndWhenTheBudgetSaysSo) {
  auto simulation = with(Varied::rate, {{8s, 0, 1600}});
  simulation.system.ports = {20000, 24095};
  simulation.system.reuse = TimeWaitReuse::Off;
  simulation.plan.requests_per_connection = 1;
  simulation.plan.close_by = CloseBy::client;
  const auto run = simulate(simulation);
  expect_all_accounted_for(run);
  EXPECT_EQ(run.tally.attempts_connected, 4096u);
  const auto predicted = budget(demand_of(run)).exhausted_at_seconds;
  ASSERT_TRUE(predicted);
  EXPECT_NEAR(to_seconds(run.tally.attempts_failed.at(EADDRNOTAVAIL).first), *predicted,
              0.01 * *predicted);
  const auto diagnosis = diagnose(run);
  EXPECT_EQ(diagnosis.verdict.limited_by, "ephemeral-ports");
  EXPECT_TRUE(
      diagnosis.verdict.sentence.starts_with("Stage 1 (0 to 1,600/s for 8.00 s) kept to "
                                             "its plan until 6."))
      << diagnosis.verdict.sentence;
}

TEST(SimulatedStages, ArrivalsByChanceAreThoseOfTheSeed) {
  auto simulation = with(Varied::rate, {{2s, 100, 500}});
  simulation.plan.arrivals = Arrivals::poisson;
  const auto first = simulate(simulation);
  expect_all_accounted_for(first);
  EXPECT_EQ(simulate(simulation).tally.latency.save(), first.tally.latency.save());
  EXPECT_NEAR(static_cast<double>(first.tally.due()), 600, 125);
  simulation.plan.seed = 2;
  EXPECT_NE(simulate(simulation).timeline, first.timeline);
}

}  // namespace
}  // namespace tws
