#include "facts.hpp"

#include "tws/support/units.hpp"

#include <algorithm>

namespace tws::diagnosis {
namespace {

bool all_on_loopback(const Run& run) {
  return !run.targets.empty() &&
         std::all_of(run.targets.begin(), run.targets.end(), [](const TargetUsed& target) {
           const auto address = address_in(target.address);
           return address && address->is_loopback();
         });
}

// Responses per second of the best sample; with one request for each connection, connections.
double fastest_rate(const Run& run) {
  double best = 0, before = 0;
  for (const Sample& sample : run.timeline) {
    if (sample.t > before)
      best = std::max(best, static_cast<double>(sample.requests) / (sample.t - before));
    before = sample.t;
  }
  return best;
}

}  // namespace

std::uint64_t Facts::failed(const std::string& kind) const {
  const auto found = run.tally.attempts_failed.find(kind);
  return found == run.tally.attempts_failed.end() ? 0 : found->second.count;
}

double Facts::first_failed(const std::string& kind) const {
  const auto found = run.tally.attempts_failed.find(kind);
  return found == run.tally.attempts_failed.end() ? 0 : to_seconds(found->second.first);
}

std::int64_t Facts::counter(const std::string& name) const {
  const auto found = run.counters.find(name);
  return found == run.counters.end() ? 0 : found->second;
}

double Facts::share_in(Phase phase) const {
  if (connection_seconds <= 0) return 0;
  return to_seconds(run.tally.time_in_phase[index(phase)]) / connection_seconds;
}

bool Facts::held_up_by(std::uint64_t failed_attempts) const {
  constexpr double share_that_limits = 0.05;
  return share_backoff >= share_that_limits ||
         (due > 0 && static_cast<double>(failed_attempts) >=
                         share_that_limits * static_cast<double>(due));
}

Facts facts_of(const Run& run) {
  Facts facts{.run = run, .sources = limit_sources(run.environment.os)};
  facts.linux = run.environment.os == "Linux";
  facts.macos = run.environment.os == "Darwin";
  facts.on_loopback = all_on_loopback(run);
  facts.reuse_applies = reuse_applies(run);

  const Tally& tally = run.tally;
  facts.seconds = run.seconds;
  facts.connection_seconds = run.seconds * run.plan.connections;
  facts.attempts_failed = total(tally.attempts_failed);
  if (run.seconds > 0) {
    facts.attempt_rate = static_cast<double>(tally.attempts_connected) / run.seconds;
    facts.response_rate = static_cast<double>(tally.responses()) / run.seconds;
    facts.share_connect_call =
        to_seconds(tally.time_in_connect_call) / (run.seconds * run.plan.threads);
  }
  if (tally.attempts_started > 0)
    facts.mean_connect_call =
        to_seconds(tally.time_in_connect_call) / static_cast<double>(tally.attempts_started);
  facts.share_connect = facts.share_in(Phase::connect);
  facts.share_backoff = facts.share_in(Phase::backoff);
  facts.share_wait = facts.share_in(Phase::wait);

  if (run.sockets_after) {
    facts.time_wait_client = run.sockets_after->client[TcpState::TimeWait];
    facts.time_wait_server = run.sockets_after->server[TcpState::TimeWait];
    facts.ports_held = run.sockets_after->client_ports;
  }
  for (const Sample& sample : run.timeline)
    if (sample.sockets) facts.ports_held = std::max(facts.ports_held, sample.sockets->client_ports);

  for (const ProcessCpu& server : run.cpu.servers)
    if (!facts.server || server.busiest_thread > facts.server->busiest_thread)
      facts.server = &server;

  if (run.plan.rate) {
    const auto begun = tally.begin_delay.count();
    facts.due = begun + tally.never_begun;
    const auto in_time = static_cast<double>(begun - std::min(tally.begun_late, begun));
    facts.rate_is_kept = facts.due > 0 && in_time >= 0.99 * static_cast<double>(facts.due) &&
                         static_cast<double>(tally.responses()) >=
                             0.99 * static_cast<double>(facts.due) - run.plan.connections;
  }

  facts.demand = demand_of(run);
  facts.best_rate = fastest_rate(run);
  if (facts.best_rate > 0 && !run.plan.keep_alive() && !run.plan.rate)
    facts.demand.rate = facts.best_rate;
  facts.budget = budget(facts.demand);
  return facts;
}

}  // namespace tws::diagnosis
