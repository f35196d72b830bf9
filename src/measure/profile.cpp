#include "tws/measure/profile.hpp"

#include "measure/rate_curve.hpp"
#include "tws/measure/plan.hpp"

#include <algorithm>

namespace tws {
namespace {

std::vector<Stage> with_warm_up(const Plan& plan) {
  std::vector<Stage> stages = plan.profile.stages;
  if (plan.warm_up.count() > 0 && !stages.empty())
    stages.insert(stages.begin(), {plan.warm_up, stages.front().from, stages.front().from});
  return stages;
}

}  // namespace

std::string_view name(Varied varied) {
  return varied == Varied::rate ? "rate" : "connections";
}

std::string_view name(Arrivals arrivals) {
  switch (arrivals) {
    case Arrivals::even:
      return "even";
    case Arrivals::uniform:
      return "uniform";
    case Arrivals::poisson:
      return "poisson";
  }
  return {};
}

std::chrono::nanoseconds Profile::length() const {
  std::chrono::nanoseconds sum{};
  for (const Stage& stage : stages) sum += stage.length;
  return sum;
}

double Profile::highest() const {
  double highest = 0;
  for (const Stage& stage : stages) highest = std::max({highest, stage.from, stage.to});
  return highest;
}

std::vector<Stage> rates_of(const Plan& plan) {
  return plan.profile.varied == Varied::rate ? with_warm_up(plan) : std::vector<Stage>();
}

std::vector<Stage> connections_of(const Plan& plan) {
  return plan.profile.varied == Varied::connections ? with_warm_up(plan) : std::vector<Stage>();
}

std::vector<std::chrono::nanoseconds> turns_of(const Plan& plan) {
  std::vector<std::chrono::nanoseconds> turns;
  auto at = plan.warm_up;
  if (at.count() > 0) turns.push_back(at);
  for (const Stage& stage : plan.profile.stages) turns.push_back(at += stage.length);
  if (!plan.profile.stages.empty()) turns.pop_back();  // the end of the run
  return turns;
}

double connection_seconds(const Plan& plan, double seconds) {
  if (plan.profile.varied == Varied::connections && !plan.profile.stages.empty())
    return RateCurve(plan.profile.stages, 0).until(seconds);
  return plan.connections * seconds;
}

}  // namespace tws
