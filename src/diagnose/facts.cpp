#include "diagnose/facts.hpp"

#include "support/units.hpp"
#include "tws/measure/facts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cmath>

namespace tws::diagnosis {
namespace {

bool all_on_loopback(const Run& run) {
  return !run.targets.empty() &&
         std::all_of(run.targets.begin(), run.targets.end(), [](const TargetUsed& target) {
           const auto address = address_in(target.address);
           return target.address.starts_with("unix:") || (address && address->is_loopback());
         });
}

std::optional<std::uint64_t> connections_wanted(const Facts& f) {
  const Plan& plan = f.run.plan;
  // -n counts attempts that fail too, so such a run may be over before it did what was asked.
  std::optional<std::uint64_t> asked;
  if (plan.requests)
    asked = whole(std::ceil(static_cast<double>(*plan.requests) / requests_each(plan)));
  if (!plan.duration) return asked;
  if (plan.rate) return whole(*plan.rate * f.seconds / requests_each(plan));
  double rate = f.while_ports_lasted ? f.while_ports_lasted->rate() : 0;
  // Beyond half of the range the search slows it down, so the best sample comes nearer.
  if (rate <= 0 || f.demand.kernel_search) rate = std::max(rate, f.best_rate / requests_each(plan));
  if (rate <= 0) return asked;
  const auto made = whole(rate * f.seconds);
  return asked ? std::min(made, *asked) : made;
}

// How far a plan's own rate was kept.
void judge_rate(Facts& facts) {
  if (!facts.run.plan.rate) return;
  const Tally& tally = facts.run.tally;
  facts.due = tally.due();
  facts.late = tally.begun_late + tally.never_begun;
  // A few are late where threads take a moment to start.
  const auto few = std::max<std::uint64_t>(facts.due / 100, 3);
  facts.rate_is_kept = tally.successes() > 0 && facts.late <= few &&
                       tally.successes() + tally.in_flight.size() + few / 2 >= facts.due;
  // With a rate that rises latencies may grow without a line.
  const auto& stages = facts.run.plan.profile.stages;
  const bool is_ramp = !stages.empty() && stages.front().is_ramp();
  if (!facts.rate_is_kept || is_ramp) return;
  // Where more is asked than the server answers, the rest stands in line.
  constexpr double noticeable = 1.3, shortest = 0.001;  // seconds; less is the scheduler's
  const auto trend = trend_of(latencies_over_time(facts.run));
  if (trend && trend->change() >= noticeable && trend->last - trend->first >= shortest)
    facts.growing_latency = trend, facts.rate_is_kept = false;
}

// Fewer and more connections did more than the run, or fewer did far less than their share: then
// the server was another one during the run, or changed between the trials, and they settle
// nothing.
bool server_changed(const Facts& f) {
  constexpr double more = 1.25, far_less = 0.35;
  const auto made_more = [&](const Trial* trial) {
    return trial && trial->rate > more * f.response_rate;
  };
  return (made_more(f.twice) && (made_more(f.half) || made_more(f.one))) ||
         (f.half && f.half->rate < far_less * f.response_rate);
}

void judge_trials(Facts& f) {
  constexpr double enough = 0.99;  // of a trial's requests
  const auto connections = f.run.plan.connections;
  for (const Trial& trial : f.run.trials) {
    const bool twice = trial.connections == 2 * connections;
    if (twice && trial.got_through < enough) f.twice_failed = &trial;
    if (trial.got_through < enough) continue;
    if (trial.connections == 1) f.one = &trial;
    if (twice) f.twice = &trial;
    if (trial.connections == connections / 2 && connections > 2) f.half = &trial;
  }
  f.changed = f.response_rate > 0 && server_changed(f);
  if (f.changed) f.one = f.twice = f.half = nullptr;
  // Between the two lies what is neither.
  constexpr double follows = 1.6, stays = 1.25, falls = 0.8;
  if (!f.twice || f.response_rate <= 0) return;
  f.rate_follows = f.twice->rate >= follows * f.response_rate;
  f.rate_stays = f.twice->rate <= stays * f.response_rate;
  f.rate_falls = f.rate_stays && (f.twice->rate < falls * f.response_rate ||
                                  (f.half && f.half->rate > stays * f.response_rate) ||
                                  (f.one && f.one->rate > stays * f.response_rate));
}

// Far longer than any response took, and half of the run.
bool is_stuck(const Facts& f, const InFlight& one) {
  constexpr double far_longer = 3, shortest = 0.5;  // seconds
  if (one.phase == Phase::backoff || one.phase == Phase::idle) return false;
  return to_seconds(one.age) >=
         std::max({shortest, f.seconds / 2, far_longer * f.slowest_response});
}

// Where several targets are loaded, one that TLS failed with, and none of its handshakes succeeded.
bool fails_in_tls(const Run& run, std::size_t target) {
  const auto& failed = run.tally.requests_failed;
  const bool tls_failed = std::ranges::any_of(
      failed, [](const auto& one) { return one.first.phase == Phase::handshake; });
  return run.targets.size() > 1 && tls_failed && run.targets[target].url.starts_with("https:") &&
         run.tally.by_target[target].connected > 0 &&
         std::ranges::none_of(run.tally.tls_used,
                              [&](const TlsUsed& one) { return one.target == target; });
}

void judge_outcome(Facts& f) {
  const Tally& tally = f.run.tally;
  f.refusals = tally.latency_of_refused.count();
  f.failures = total(tally.requests_failed) + total(tally.attempts_failed) - never_left(tally);
  f.slowest_response =
      std::max(tally.latency.max().value_or(0), tally.latency_of_refused.max().value_or(0));
  f.stuck = static_cast<std::uint64_t>(std::ranges::count_if(
      tally.in_flight, [&](const InFlight& one) { return is_stuck(f, one); }));
  f.share_got_through = ratio(static_cast<double>(tally.successes()),
                              static_cast<double>(tally.responses() + f.failures + f.stuck))
                            .value_or(1);
  for (std::size_t i = 0; i < std::min(tally.by_target.size(), f.run.targets.size()); ++i)
    if (const TargetTally& one = tally.by_target[i];
        (one.connected + one.responses == 0 && one.failed > 0) ||
        (one.responses == 0 && fails_in_tls(f.run, i)))
      f.dead_targets.push_back(f.run.targets[i].address);
  for (const Sample& sample : f.run.timeline)
    if (sample.requests > 0) f.last_success = std::min(sample.t, f.run.seconds);
}

// Seconds that a connection is open, on average, with its handshake of TLS. Of connect() only what
// succeeded counts: it fails at once where ports are used up, without a port.
double mean_life(const Tally& tally) {
  std::chrono::nanoseconds open{};
  for (const Phase phase :
       {Phase::handshake, Phase::write, Phase::wait, Phase::read, Phase::close, Phase::idle})
    open += tally.time_in_phase[index(phase)];
  return tally.connect.mean().value_or(0) +
         ratio(to_seconds(open), static_cast<double>(tally.attempts_connected)).value_or(0);
}

// Each connection beyond half of the tuples has looked at half of a range, and each one that failed
// at all of it. What came back in time was found at once.
std::optional<double> search_cost(const Facts& f) {
  if (!f.linux || !f.demand.kernel_search || !f.budget.burst || f.demand.ports < 2) return {};
  const auto ports = static_cast<double>(f.demand.ports);
  const double half = static_cast<double>(f.budget.tuples) / 2;
  const double rounds = 1 + std::floor(f.seconds / f.budget.hold_seconds);
  const auto connected = static_cast<double>(f.run.tally.attempts_connected);
  const bool from_the_start = static_cast<double>(f.demand.held) >= half;
  const double late =
      std::min(connected + static_cast<double>(f.demand.held) - half * rounds, connected);
  if (late < 1) return {};
  const double looked_at = late * ports / 2 + static_cast<double>(f.failed(EADDRNOTAVAIL)) * ports;
  const double plain = from_the_start ? 0 : f.run.tally.connect.min().value_or(0) * connected;
  const double searched = to_seconds(f.run.tally.time_in_connect_call) - plain;
  return searched > 0 ? std::optional(searched / looked_at) : std::nullopt;
}

// Sets client_load and search_shows.
void judge_client(Facts& f) {
  const double threads = std::max(f.run.plan.threads, 1u);
  // Once ports are gone for good, hammer has nothing left to do.
  const bool gone = f.while_ports_lasted && f.budget.burst && f.budget.hold_seconds >= f.seconds;
  const double window = gone ? f.while_ports_lasted->seconds : f.seconds;
  if (window <= 0) return;
  const double calls = to_seconds(f.run.tally.time_in_connect_call);
  const Histogram& connect = f.run.tally.connect;
  // A connection's time to connect holds its call, so what exceeds their sum went to failing ones.
  const double succeeding =
      std::min(calls, connect.mean().value_or(0) * static_cast<double>(connect.count()));
  const double busy = f.run.cpu.busiest_thread * f.seconds - (calls - succeeding) / threads;
  f.client_load = std::clamp(busy / window, 0.0, 1.0);
  constexpr double share_that_shows = 0.10;
  f.search_shows = f.linux && f.demand.kernel_search && f.budget.burst &&
                   f.ports_held >= f.budget.tuples / 2 &&
                   succeeding / (window * threads) >= share_that_shows;
}

}  // namespace

std::uint64_t Facts::failed(const FailureKind& kind) const {
  const auto found = run.tally.attempts_failed.find(kind);
  return found == run.tally.attempts_failed.end() ? 0 : found->second.count;
}

double Facts::first_failed(const FailureKind& kind) const {
  const auto found = run.tally.attempts_failed.find(kind);
  return found == run.tally.attempts_failed.end() ? 0 : to_seconds(found->second.first);
}

std::int64_t Facts::counter(const std::string& name) const {
  const auto found = run.counters.find(name);
  return found == run.counters.end() ? 0 : found->second;
}

std::int64_t Facts::server_counter(const std::string& name) const {
  if (!told) return counter(name);
  const auto found = told->counters.find(name);
  return found == told->counters.end() ? 0 : found->second;
}

double Facts::share_in(Phase phase) const {
  if (connection_seconds <= 0) return 0;
  return to_seconds(run.tally.time_in_phase[index(phase)]) / connection_seconds;
}

bool Facts::held_up_by(std::uint64_t failed_attempts) const {
  constexpr double share_that_limits = 0.05;
  return share_backoff >= share_that_limits ||
         (due > 0 &&
          static_cast<double>(failed_attempts) >= share_that_limits * static_cast<double>(due));
}

Facts facts_of(const Run& run) {
  Facts facts{.run = run, .sources = limit_sources(run.environment.os)};
  facts.linux = run.environment.os == "Linux";
  facts.macos = run.environment.os == "Darwin";
  facts.on_loopback = all_on_loopback(run);
  facts.reuse_applies = reuse_applies(run);

  const Tally& tally = run.tally;
  facts.seconds = run.seconds;
  facts.connection_seconds = connection_seconds(run.plan, run.seconds);
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
  }

  for (const ProcessCpu& server : run.cpu.servers)
    if (!facts.server || server.busiest_thread > facts.server->busiest_thread)
      facts.server = &server;

  if (run.server_side) facts.told = &*run.server_side;
  facts.server_is_elsewhere = facts.told && !facts.told->on_this_machine;

  judge_rate(facts);

  facts.demand = demand_of(run);
  facts.ports_held = most_tuples_held(run, facts.demand).value_or(0);
  if (run.sockets_after) facts.still_held = tuples_held(facts.demand, *run.sockets_after);
  facts.best_rate = best_rate(run);
  if (facts.best_rate > 0 && !run.plan.keep_alive() && !run.plan.rate)
    facts.demand.rate = facts.best_rate;
  constexpr double share_that_counts = 0.01;  // of the time that a port is held
  if (const double life = mean_life(tally);
      facts.demand.hold_seconds > 0 && life >= share_that_counts * facts.demand.hold_seconds)
    facts.demand.life_seconds = life;
  facts.budget = budget(facts.demand);
  const Histogram& answers = !tally.service_time.empty() ? tally.service_time
                             : !tally.latency.empty()    ? tally.latency
                                                         : tally.latency_of_refused;
  facts.mean_latency = answers.mean().value_or(0);
  facts.fastest_latency = answers.min().value_or(0);
  judge_outcome(facts);
  judge_trials(facts);
  facts.while_ports_lasted = while_ports_lasted(run, facts.budget.burst, facts.budget.hold_seconds);
  facts.connections_wanted = connections_wanted(facts);
  judge_client(facts);
  facts.search_cost = search_cost(facts);
  return facts;
}

std::string targets_of(const Run& run) {
  std::string text;
  for (const auto& target : run.targets)
    text = fmt::format("{}{}{}", text, text.empty() ? "" : ", ", target.address);
  return text;
}

std::string percent(double share) {
  return fmt::format("{:.0f}%", share * 100);
}

std::string cores(double number) {
  return fmt::format("{:.2f} cores", number);
}

std::string rounded(double value) {
  return format_count(whole(value));
}

std::string roughly(std::uint64_t count) {
  std::uint64_t unit = 1;
  while (count / unit >= 100) unit *= 10;
  return format_count((count + unit / 2) / unit * unit);
}

}  // namespace tws::diagnosis
