#include "lab/lab.hpp"

#include "lab/sandbox.hpp"
#include "lab/server_process.hpp"
#include "support/units.hpp"
#include "tws/measure/facts.hpp"
#include "tws/model/budget.hpp"
#include "tws/support/errors.hpp"
#include "tws/system/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace tws::lab {
namespace {

constexpr std::uint16_t port_in_a_private_network = 3779;  // below every scenario's range
constexpr std::uint16_t ports_without_root = 1000;

// The scenario's targets are consecutive addresses from `address` on.
std::vector<asio::ip::address_v4> addresses_of(const Scenario& scenario) {
  const auto first = asio::ip::make_address_v4(scenario.address);
  std::vector<asio::ip::address_v4> addresses;
  for (int i = 0; i < scenario.targets; ++i)
    addresses.emplace_back(first.to_uint() + static_cast<std::uint32_t>(i));
  return addresses;
}

// The wanted number of ports from the machine's range, without the server's own port.
PortRange part_of(PortRange range, std::uint16_t server_port) {
  const auto size =
      static_cast<std::uint16_t>(std::min<std::uint32_t>(ports_without_root, range.size() / 2));
  const PortRange last{static_cast<std::uint16_t>(range.high - size + 1), range.high};
  const PortRange first{range.low, static_cast<std::uint16_t>(range.low + size - 1)};
  return last.low <= server_port && server_port <= last.high ? first : last;
}

std::optional<std::string> missing_setting(const Scenario& scenario) {
  for (const auto& [name, value] : scenario.settings)
    if (!has_setting(name))
      return fmt::format("this kernel has no net.ipv4.{}{}", name,
                         scenario.since.empty()
                             ? ""
                             : fmt::format(", which is in Linux {} and newer", scenario.since));
  return {};
}

// Connections until the rate fell permanently to a quarter of the best or less.
double connections_before_the_fall(const Run& run) {
  const double best = best_rate(run);
  auto all = slices(run);
  while (!all.empty() && all.back().rate() < best / 4) all.pop_back();
  return all.empty() ? 0 : successes_until(run, all.back().to);
}

std::string failures_text(const Tally& tally) {
  std::string text;
  for (const auto* failures : {&tally.attempts_failed, &tally.requests_failed})
    for (const auto& [kind, failure] : *failures)
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", format_count(failure.count),
                          failures == &tally.attempts_failed ? cause_name(kind) : name(kind));
  return text;
}

// Whether so many ports were held that the kernel's search for a free one becomes slow.
bool reached(std::optional<std::uint64_t> search_slow_from, std::optional<std::uint64_t> held) {
  return !search_slow_from || !held || *held >= *search_slow_from;
}

bool is_within_a_tenth(const Comparison& comparison) {
  return std::abs(comparison.error().value_or(1)) <= 0.1;
}

void too_slow(Comparison& result, std::string why) {
  result.too_slow = true;
  result.why_not = std::move(why);
}

// The ports are used up: once and exactly, or again and again.
Comparison ports_used_up(const Run& run, const Budget& all, bool once) {
  const Tally& tally = run.tally;
  const auto failed = failures_text(tally);
  const bool only_ports_failed = tally.requests_failed.empty() &&
                                 tally.attempts_failed.size() == 1 &&
                                 tally.attempts_failed.contains(EADDRNOTAVAIL);
  Comparison result;
  result.measured = static_cast<double>(tally.attempts_connected);
  result.predicted = static_cast<double>(all.burst.value_or(0));
  if (!once)
    result.predicted =
        std::max(*result.predicted, all.sustained_per_second.value_or(0) * run.seconds);
  result.holds = only_ports_failed &&
                 (once ? result.measured == *result.predicted : is_within_a_tenth(result));
  if (failed.empty() && result.measured < *result.predicted)
    too_slow(result, "the run ended before the ports were used up");
  else if (failed.empty())
    result.why_not = "the ports were never used up";
  else if (!only_ports_failed)
    result.why_not = "there were other failures: " + failed;
  return result;
}

// The ports are used up once, and at the time that the budget says.
Comparison ports_used_up_in_time(const Run& run, const Budget& all) {
  constexpr double margin = 0.01;
  Comparison result = ports_used_up(run, all, true);
  const auto failed = run.tally.attempts_failed.find(EADDRNOTAVAIL);
  result.predicted_seconds = all.exhausted_at_seconds;
  if (failed != run.tally.attempts_failed.end())
    result.measured_seconds = to_seconds(failed->second.first);
  if (!result.predicted_seconds) {
    result.holds = false;
    too_slow(result, "the rate does not use the ports up in this time");
    return result;
  }
  if (!result.holds) return result;
  const double predicted = *result.predicted_seconds, measured = *result.measured_seconds;
  result.holds = std::abs(measured / predicted - 1) <= margin;
  if (result.holds) return result;
  result.why_not =
      fmt::format("the ports were used up after {:.2f} s, not after {:.2f} s", measured, predicted);
  // Who stood still for so long, or found every connection busy, did not make the rate.
  const bool was_late = run.tally.begun_late > run.tally.due() / 100 ||
                        to_seconds(run.tally.longest_standstill) > margin * predicted;
  if (was_late) too_slow(result, result.why_not);
  return result;
}

}  // namespace

Comparison compare(Expectation expectation, const Run& run) {
  const Demand demand = demand_of(run);
  const Budget all = budget(demand);
  const Tally& tally = run.tally;
  const auto failed = failures_text(tally);
  Comparison result;
  result.measured = static_cast<double>(tally.attempts_connected);
  switch (expectation) {
    case Expectation::burst:
    case Expectation::sustained:
      result = ports_used_up(run, all, expectation == Expectation::burst);
      break;
    case Expectation::ramp:
      result = ports_used_up_in_time(run, all);
      break;
    case Expectation::held_back:
      if (all.before_search_per_second)
        result.predicted = *all.before_search_per_second * run.seconds;
      result.holds = failed.empty() && is_within_a_tenth(result);
      if (!failed.empty())
        result.why_not = "there were failures: " + failed;
      else if (!result.holds && !reached(all.search_slow_from, peak_ports(run)))
        too_slow(result, "the run never held so many ports that the search is slow");
      break;
    case Expectation::knee:
      result.predicted = static_cast<double>(all.search_slow_from.value_or(0));
      result.measured = connections_before_the_fall(run);
      result.holds = is_within_a_tenth(result);
      if (failed.empty() && !result.holds &&
          !reached(all.search_slow_from, tally.attempts_connected))
        too_slow(result, "the run ended before half of the ports were used up");
      break;
    case Expectation::no_ceiling:
      result.measured = static_cast<double>(tally.responses());
      result.holds = failed.empty() && result.measured > static_cast<double>(all.tuples);
      if (!failed.empty())
        result.why_not = "there were failures: " + failed;
      else if (!result.holds)
        too_slow(result,
                 fmt::format("not more responses than the {} ports", format_count(all.tuples)));
      break;
  }
  if (run.signal) {
    result.holds = result.too_slow = false;
    result.why_not = "interrupted";
  }
  if (result.holds)
    result.why_not.clear();
  else if (result.why_not.empty())
    result.why_not = "the deviation is more than 10 %";
  return result;
}

namespace {

// Makes one run in a new network; `extent` sets duration or requests.
Outcome run_once(const Scenario& scenario, const Plan& extent, const MakeRun& make_run) {
  Outcome outcome;
  outcome.scenario = &scenario;
  ServerOptions server;
  server.mode = scenario.mode;
  server.listen.clear();
  const auto addresses = addresses_of(scenario);
  for (const auto& address : addresses)
    server.listen.emplace_back(address, scenario.private_network ? port_in_a_private_network : 0);
  if (scenario.private_network) {
    enter_new_network();
    outcome.skipped = missing_setting(scenario);
    if (outcome.skipped) return outcome;
    for (const auto& [name, value] : scenario.settings) set(name, value);
    if (!addresses.front().is_loopback()) add_address(scenario.address);
  }
  if (scenario.tls) server.tls = self_signed("localhost");
  const ServerProcess process(server);

  Plan plan = scenario.plan;
  plan.duration = extent.duration;
  plan.requests = extent.requests;
  if (!plan.profile.stages.empty()) plan.profile.stages.front().length = *extent.duration;
  for (const auto& address : addresses)
    plan.urls.push_back(fmt::format("{}://{}:{}{}", scenario.tls ? "https" : "http",
                                    address.to_string(), process.port(), scenario.path));
  if (!scenario.private_network) {
    const auto range = read_port_range();
    if (!range) {
      outcome.skipped = "this machine's source ports can't be read";
      return outcome;
    }
    plan.port_range = part_of(*range, process.port());
  }
  try {
    outcome.run = make_run(plan);
  } catch (const UsageError& error) {  // --port-range is unknown to this kernel
    outcome.skipped = error.what();
    return outcome;
  }
  outcome.diagnosis = diagnose(*outcome.run);
  // Remedies must not name settings of the private network, which is gone after the run.
  for (auto& finding : outcome.diagnosis.findings)
    std::erase_if(finding.remedies,
                  [](const Remedy& remedy) { return remedy.action.starts_with("sysctl"); });
  outcome.comparison = compare(scenario.expectation, *outcome.run);
  return outcome;
}

// On a slow machine the search for ports can take so long that the run ends before the ports are
// used up.
bool was_too_short(const Outcome& outcome) {
  return outcome.run && !outcome.run->signal &&
         outcome.scenario->expectation == Expectation::burst && !outcome.comparison.holds &&
         outcome.run->tally.attempts_failed.empty();
}

}  // namespace

Outcome run_scenario(const Scenario& scenario, std::chrono::nanoseconds duration,
                     const std::optional<std::string>& why_no_networks, const MakeRun& make_run) {
  Outcome outcome;
  outcome.scenario = &scenario;
  if (scenario.private_network && why_no_networks) {
    outcome.skipped = *why_no_networks;
    return outcome;
  }

  Plan extent;
  extent.duration = duration;
  outcome = run_once(scenario, extent, make_run);
  if (!was_too_short(outcome)) return outcome;
  // Once more, until each connection has met the ceiling once: a failed attempt counts as a
  // request.
  extent.duration = std::max<std::chrono::nanoseconds>(10 * duration, std::chrono::seconds(60));
  extent.requests = outcome.diagnosis.budget.tuples + scenario.plan.connections;
  return run_once(scenario, extent, make_run);
}

}  // namespace tws::lab
