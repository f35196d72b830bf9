// The second in which ports end while a rate changes, beside a play of each connection.
#include "measure/rate_curve.hpp"
#include "tws/model/budget.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <deque>
#include <random>

namespace tws {
namespace {

using namespace std::chrono_literals;

Demand demand(std::vector<Stage> stages, std::uint64_t ports, double hold) {
  Demand demand;
  demand.ports = ports;
  demand.hold_seconds = hold;
  demand.stages = std::move(stages);
  return demand;
}

// Each connection as it is due; nothing: each finds a tuple.
std::optional<double> played(const Demand& demand) {
  const RateCurve curve(demand.stages, 0);
  const double cycle = demand.life_seconds + demand.hold_seconds;
  std::deque<double> back(std::min(demand.held, demand.ports), cycle);
  for (std::uint64_t k = 1;; ++k) {
    const double now = curve.time_of(static_cast<double>(k));
    if (std::isinf(now)) return {};
    while (!back.empty() && back.front() <= now) back.pop_front();
    if (back.size() >= demand.ports) return now;
    back.push_back(now + cycle);
  }
}

TEST(Exhaustion, OfARampIsWhereItsAreaIsAllThePorts) {
  // 100 t^2 = 4,096
  const auto all = budget(demand({{8s, 0, 1600}}, 4096, 60));
  ASSERT_TRUE(all.exhausted_at_seconds);
  EXPECT_NEAR(*all.exhausted_at_seconds, 6.4, 1e-6);
  EXPECT_EQ(budget(demand({{6s, 0, 1200}}, 4096, 60)).exhausted_at_seconds, std::nullopt);
}

TEST(Exhaustion, IsThatOfAConstantRate) {
  auto constant = demand({}, 100, 10);
  constant.rate = 20;
  const auto stages = demand({{30s, 20, 20}}, 100, 10);
  EXPECT_NEAR(budget(stages).exhausted_at_seconds.value(),
              budget(constant).exhausted_at_seconds.value(), 1e-6);
  // Exactly as many as come back: for ever.
  EXPECT_EQ(budget(demand({{30s, 10, 10}}, 100, 10)).exhausted_at_seconds, std::nullopt);
}

TEST(Exhaustion, PortsThatComeBackCarryALaterStage) {
  // 90 in each window of 10 s, then 110.
  const auto all = budget(demand({{60s, 9, 9}, {60s, 11, 11}}, 100, 10));
  EXPECT_NEAR(all.exhausted_at_seconds.value(), 65, 0.01);
}

TEST(Exhaustion, AgreesWithAPlayOfEachConnection) {
  std::mt19937_64 random(5);
  int ended = 0;
  for (int i = 0; i < 300; ++i) {
    std::vector<Stage> stages;
    double value = static_cast<double>(random() % 100);
    for (auto k = 1 + random() % 4; k > 0; --k) {
      const double next = static_cast<double>(random() % 100);
      stages.push_back({std::chrono::milliseconds(500 + random() % 10'000), value, next});
      value = random() % 3 == 0 ? static_cast<double>(random() % 100) : next;
    }
    auto asked = demand(stages, 20 + random() % 400, 0.5 + static_cast<double>(random() % 80) / 10);
    if (random() % 3 == 0) asked.held = random() % asked.ports;
    asked.life_seconds = static_cast<double>(random() % 3) / 2;
    const auto said = budget(asked).exhausted_at_seconds;
    const auto seen = played(asked);
    // Where it hardly reaches the number, one connection more or less decides.
    auto fewer = asked, more = asked;
    fewer.ports -= 2;
    more.ports += 2;
    const auto before = played(fewer), after = played(more);
    ended += said.has_value();
    if (before.has_value() != after.has_value()) continue;
    ASSERT_EQ(said.has_value(), seen.has_value()) << i;
    if (!said) continue;
    EXPECT_GE(*said, *before - 1e-6) << i;
    EXPECT_LE(*said, *after + 1e-6) << i;
  }
  EXPECT_GT(ended, 50);
}

}  // namespace
}  // namespace tws
