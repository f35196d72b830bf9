#include "tws/diagnose/trials.hpp"

#include "diagnose/findings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace tws {
namespace {

using namespace std::chrono_literals;

// Long enough for every connection to have many turns.
std::chrono::nanoseconds length_of(const Run& run) {
  constexpr double turns = 20, fewest_turns = 4;  // these if it takes longer than 5 s
  const auto mean = run.tally.latency.mean().value_or(0);
  const double seconds = std::clamp(turns * mean, 1.0, std::clamp(fewest_turns * mean, 5.0, 30.0));
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::chrono::duration<double>(seconds));
}

bool is_settled_by_connections(std::string_view limited_by) {
  constexpr std::array<std::string_view, 6> ids{"none",      "server-latency",    "server-cpu",
                                                "slow-body", "fixed-concurrency", "server-quota"};
  return std::ranges::find(ids, limited_by) != ids.end();
}

bool is_by_ports(std::string_view limited_by) {
  constexpr std::array<std::string_view, 4> ids{"ephemeral-ports", "time-wait-reuse", "port-search",
                                                "time-wait-collision"};
  return std::ranges::find(ids, limited_by) != ids.end();
}

Plan short_plan(const Run& run) {
  Plan plan = run.plan;
  plan.duration = length_of(run);
  plan.requests.reset();
  plan.wait_drain.reset();
  plan.warm_up = {};
  plan.census = false;
  plan.server_admin.reset();
  plan.thresholds.clear();
  return plan;
}

}  // namespace

Trials trials_for(const Run& run, const Diagnosis& diagnosis, std::uint32_t seed) {
  Trials trials;
  if (run.plan.rate || !run.plan.profile.stages.empty() || run.simulated || run.signal)
    return trials;
  const auto& limited_by = diagnosis.verdict.limited_by;
  const Plan plan = short_plan(run);
  if (is_by_ports(limited_by)) {
    diagnosis::add_port_trials(diagnosis::facts_of(run), plan, seed, trials);
    return trials;
  }
  if (run.tally.successes() == 0) return trials;
  const auto add = [&](std::string change, auto set) {
    trials.planned.push_back({std::move(change), plan});
    set(trials.planned.back().plan);
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
  const auto facts = diagnosis::facts_of(made);
  return {.change = planned.change,
          .connections = made.plan.connections,
          .seconds = made.seconds,
          .rate = ratio(static_cast<double>(tally.successes()), made.seconds).value_or(0),
          .got_through = tally.successes() == 0 ? 0 : facts.share_got_through,
          .latency = tally.latency.mean(),
          .remedy = planned.remedy,
          .predicted = planned.predicted,
          .connected = tally.attempts_connected,
          .without_port = facts.failed(EADDRNOTAVAIL) + facts.failed(EADDRINUSE)};
}

}  // namespace tws
