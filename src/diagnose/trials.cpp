#include "tws/diagnose/trials.hpp"

#include "diagnose/findings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace tws {
namespace {

using namespace std::chrono_literals;

// Long enough for every connection to have many turns.
std::chrono::nanoseconds length_of(const Run& run) {
  constexpr double turns = 20;
  const auto mean = run.tally.latency.mean().value_or(0);
  const std::chrono::duration<double> wanted(turns * mean);
  return std::clamp<std::chrono::nanoseconds>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(wanted), 1s, 5s);
}

bool is_settled_by_connections(std::string_view limited_by) {
  constexpr std::array<std::string_view, 6> ids{"none",      "server-latency",    "server-cpu",
                                                "slow-body", "fixed-concurrency", "server-quota"};
  return std::ranges::find(ids, limited_by) != ids.end();
}

}  // namespace

std::vector<TrialPlan> trials_for(const Run& run, const Diagnosis& diagnosis) {
  std::vector<TrialPlan> trials;
  if (run.plan.rate || run.simulated || run.signal || run.tally.successes() == 0) return trials;
  Plan plan = run.plan;
  plan.duration = length_of(run);
  plan.requests.reset();
  plan.wait_drain.reset();
  plan.census = false;
  plan.server_admin.reset();
  plan.thresholds.clear();
  const auto add = [&](std::string change, auto set) {
    trials.push_back({std::move(change), plan});
    set(trials.back().plan);
  };
  const auto connections = [&](std::uint32_t count) {
    add(fmt::format("-c {}", count), [&](Plan& one) {
      one.connections = count;
      one.threads = std::min(one.threads, count);
    });
  };
  // Where the client keeps TIME_WAIT a trial has only the ports that the run left.
  const auto& budget = diagnosis.budget;
  if (budget.burst && 4 * run.tally.attempts_connected > *budget.burst) return trials;
  const auto& limited_by = diagnosis.verdict.limited_by;
  const auto now = run.plan.connections;
  if (is_settled_by_connections(limited_by)) {
    connections(2 * now);
    if (now > 3) connections(now / 2);
    if (now > 1) connections(1);
  }
  if (limited_by == "client-cpu" && run.plan.threads < run.environment.cpus) {
    const auto threads = std::min(run.environment.cpus, now);
    if (threads > run.plan.threads)
      add(fmt::format("-t {}", threads), [&](Plan& one) { one.threads = threads; });
  }
  return trials;
}

Trial trial_of(const TrialPlan& planned, const Run& made) {
  const auto& tally = made.tally;
  return {.change = planned.change,
          .connections = made.plan.connections,
          .seconds = made.seconds,
          .rate = ratio(static_cast<double>(tally.successes()), made.seconds).value_or(0),
          .got_through = success_rate(tally).value_or(0),
          .latency = tally.latency.mean()};
}

}  // namespace tws
