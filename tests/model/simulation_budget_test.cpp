// The simulation against the closed form of the budget, over a grid.
#include "support/units.hpp"
#include "tws/model/budget.hpp"
#include "tws/model/simulation.hpp"

#include <gtest/gtest.h>

namespace tws {
namespace {

using namespace std::chrono_literals;

struct Point {
  std::uint16_t ports;
  std::uint32_t sources, targets;
  std::chrono::nanoseconds hold;
};

constexpr Point grid[] = {{100, 1, 1, 1s},  {100, 3, 2, 1s},   {1000, 1, 1, 1s}, {1000, 1, 4, 2s},
                          {1000, 2, 1, 5s}, {4096, 1, 1, 3s},  {4096, 2, 2, 3s}, {333, 5, 7, 2s},
                          {64, 16, 16, 4s}, {28232, 1, 1, 10s}};

// Its ports are by hash, so that no search slows it down.
Simulation simulation_of(const Point& point) {
  Simulation simulation;
  simulation.system = *find_system("linux");
  simulation.system.reuse = TimeWaitReuse::Off;
  simulation.system.time_wait = point.hold;
  simulation.system.search_cost = 0s;
  simulation.system.ports = {10000, static_cast<std::uint16_t>(10000 + point.ports - 1)};
  simulation.plan.port_range = simulation.system.ports;
  simulation.plan.requests_per_connection = 1;
  simulation.plan.close_by = CloseBy::client;
  simulation.plan.connections = 20;
  simulation.sources = point.sources;
  simulation.targets = point.targets;
  return simulation;
}

Demand demand_of(const Point& point) {
  Demand demand;
  demand.ports = point.ports;
  demand.sources = point.sources;
  demand.targets = point.targets;
  demand.hold_seconds = to_seconds(point.hold);
  return demand;
}

TEST(SimulationAndBudget, TheBurstIsExact) {
  for (const Point& point : grid) {
    auto simulation = simulation_of(point);
    // Until it is used up and no longer: before the first tuple comes back.
    simulation.plan.duration = point.hold;
    const auto run = simulate(simulation);
    ASSERT_GT(total(run.tally.attempts_failed), 0u);
    EXPECT_EQ(run.tally.attempts_connected, budget(demand_of(point)).burst);
  }
}

TEST(SimulationAndBudget, AsFastAsTuplesComeBack) {
  for (const Point& point : grid) {
    auto simulation = simulation_of(point);
    simulation.plan.duration = 10 * point.hold;
    const auto run = simulate(simulation);
    const auto most = most_connections_in(demand_of(point), run.seconds);
    EXPECT_LE(run.tally.attempts_connected, most);
    // What is missing is the pause after a failure, 100 ms at most, in each round.
    EXPECT_GE(static_cast<double>(run.tally.attempts_connected), 0.85 * static_cast<double>(most));
    EXPECT_EQ(run.tally.attempts_failed.size(), 1u);
  }
}

// A rate under the sustained one is held for ever, one above it meets the ceiling when the budget
// says.
TEST(SimulationAndBudget, ARateHoldsOrEndsWhenTheBudgetSays) {
  for (const Point& point : grid) {
    for (const double share : {0.5, 0.95, 1.1, 1.5, 3.0}) {
      auto demand = demand_of(point);
      demand.rate = share * budget(demand).sustained_per_second.value();
      auto simulation = simulation_of(point);
      simulation.plan.rate = demand.rate;
      simulation.plan.duration = 3 * point.hold;
      const auto run = simulate(simulation);
      const auto exhausted = budget(demand).exhausted_at_seconds;
      EXPECT_EQ(exhausted.has_value(), share > 1);
      EXPECT_EQ(run.tally.attempts_failed.contains(EADDRNOTAVAIL), share > 1)
          << point.ports << " ports at " << share;
      if (!exhausted || run.tally.attempts_failed.empty()) continue;
      // To the connection: one more than there are tuples fails, when it is due.
      EXPECT_NEAR(to_seconds(run.tally.attempts_failed.at(EADDRNOTAVAIL).first), *exhausted,
                  1 / *demand.rate + 0.001);
    }
  }
}

// A connection that lives holds its tuple besides.
TEST(SimulationAndBudget, TheLifeOfAConnectionCounts) {
  const Point point{100, 1, 1, 1s};
  auto demand = demand_of(point);
  demand.life_seconds = 1;
  EXPECT_EQ(budget(demand).sustained_per_second, 50);
  auto simulation = simulation_of(point);
  simulation.delay = 1s;
  simulation.plan.connections = 200;
  simulation.plan.duration = 20s;
  for (const double rate : {45.0, 60.0}) {
    simulation.plan.rate = rate;
    EXPECT_EQ(simulate(simulation).tally.attempts_failed.empty(), rate < 50);
  }
}

}  // namespace
}  // namespace tws
