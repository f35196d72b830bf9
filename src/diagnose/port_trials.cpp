// Trials of what is offered against a ceiling of source ports (--prove).
#include "diagnose/findings.hpp"
#include "diagnose/port_ways.hpp"
#include "support/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <utility>

namespace tws::diagnosis {
namespace {

constexpr double shortest = 1, longest = 3;  // seconds of a trial
// A hold that a pause outlasts.
constexpr double short_hold = 2;  // seconds

// Connections per second while nothing was in the way.
double free_rate(const Facts& f) {
  const double rate =
      f.while_ports_lasted ? f.while_ports_lasted->rate() : f.best_rate / requests_each(f.run.plan);
  return std::max(rate, 1.0);
}

// `count` addresses that neither the run nor another trial has used: 127.A.B.1, or a network. The
// second and third number come from the seed and the trial's number.
std::string fresh_sources(std::uint32_t seed, std::size_t number, std::uint64_t count) {
  constexpr std::uint32_t first = 2, numbers = 250;  // 127.0 and 127.1 are likely in use
  const auto a = first + seed % numbers;
  const auto b = (seed / numbers * 32 + number * 4) % 256;
  if (count == 1) return fmt::format("127.{}.{}.1", a, b);
  if (std::has_single_bit(count + 2))
    return fmt::format("127.{}.{}.0/{}", a, b, 33 - std::bit_width(count + 2));
  std::string list;
  for (std::uint64_t i = 1; i <= count; ++i)
    list += fmt::format("{}127.{}.{}.{}", list.empty() ? "" : ",", a, b + i / 250, 1 + i % 250);
  return list;
}

// What so many seconds come to from ports that nobody holds.
Prediction predict(const Facts& f, const Demand& demand, double seconds) {
  const auto all = budget(demand);
  if (!all.burst) return {};
  const auto most = most_connections_in(demand, seconds);
  if (demand.hold_seconds >= seconds) return {true, most, most};
  const auto rate = sustained_with_search(demand, f.search_cost, f.run.plan.threads);
  const auto later = whole(rate.fewest * (seconds - demand.hold_seconds));
  return {true, std::min(most, *all.burst + later), most};
}

// Long enough to use the ports up, if there is a ceiling, and else more than the run had.
double seconds_for(const Facts& f, const Demand& demand) {
  const auto all = budget(demand);
  const auto connections = static_cast<double>(all.burst ? *all.burst : f.budget.tuples);
  // Two and a half rounds, so that the end of none is at the end of the trial.
  if (all.burst && demand.hold_seconds <= short_hold / 2)
    return std::clamp(2.5 * demand.hold_seconds, shortest, longest);
  return std::clamp(2 * connections / free_rate(f), shortest, longest);
}

// "--wait-drain, and leave out --disable-keepalive": from fresh sources there is nothing to wait
// for.
std::string without_the_wait(std::string action) {
  for (const std::string_view wait : {"--wait-drain, and ", "--wait-drain "})
    if (action.starts_with(wait)) return action.substr(wait.size());
  return action;
}

TrialPlan trial_of_way(const Facts& f, const PortWay& way, const Plan& usual, std::uint32_t seed,
                       std::size_t number) {
  TrialPlan trial{without_the_wait(way.remedy.action), *way.plan};
  Plan& plan = trial.plan;
  plan.requests.reset();
  plan.wait_drain.reset();
  plan.server_admin.reset();
  plan.census = false;
  const auto sources = way.sources.value_or(f.demand.sources);
  if (has_fresh_sources(f)) {
    const auto fresh = fresh_sources(seed, number, sources);
    plan.sources = {fresh};
    const auto typed = fmt::format("--source {}", fresh);
    if (trial.change.starts_with("--source "))
      trial.change = typed;
    else
      trial.change += (trial.change.starts_with("leave out ") ? ", with " : " ") + typed;
  } else {
    trial.pause = std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::chrono::duration<double>(f.budget.hold_seconds + 0.3));
  }
  const auto demand =
      demand_of(plan, f.run.limits, rules_of_os(f.run.environment.os), f.reuse_applies, sources);
  const double seconds =
      std::max(seconds_for(f, demand), budget(demand).burst ? 0.0 : to_seconds(*usual.duration));
  plan.duration =
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(seconds));
  trial.remedy = way.remedy.action;
  trial.predicted = predict(f, demand, seconds);
  return trial;
}

// It binds its ports, which connect() then leaves out for a minute, whatever their address.
bool spoils_others(const PortWay& way) {
  return way.plan && way.plan->ports == PortChoice::rotate;
}

}  // namespace

void add_port_trials(const Facts& f, const Plan& plan, std::uint32_t seed, Trials& trials) {
  auto ways = ways_past(f);
  if (port_search(f))
    if (auto way = same_range_as_an_option(f)) ways.push_back(std::move(*way));
  std::stable_partition(ways.begin(), ways.end(),
                        [](const PortWay& way) { return !spoils_others(way); });
  const bool can_be_tried =
      has_fresh_sources(f) || !f.budget.burst || f.budget.hold_seconds <= short_hold;
  for (const PortWay& way : ways) {
    if (!way.plan)
      trials.left_out.push_back(
          fmt::format("{}: hammer does not do that itself", way.remedy.action));
    else if (!f.budget.burst && way.reach == Reach::too_little)
      trials.left_out.push_back(fmt::format("{}: not enough ports", way.remedy.action));
    else if (!can_be_tried)
      trials.left_out.push_back(
          fmt::format("{}: the run's ports are held for {}, and only on IPv4 loopback are there "
                      "other source addresses without setup",
                      way.remedy.action, format_duration(f.budget.hold_seconds)));
    else
      trials.planned.push_back(trial_of_way(f, way, plan, seed, trials.planned.size()));
  }
}

void note_trial(const Facts& f, PortWay& way) {
  const auto trial = std::ranges::find(f.run.trials, way.remedy.action, &Trial::remedy);
  if (trial == f.run.trials.end() || !trial->predicted) return;
  auto& text = way.remedy.measured;
  text = fmt::format("{} connections in {}, ", format_count(trial->connected),
                     format_duration(trial->seconds));
  const auto how = fared(*trial, *trial->predicted);
  if (trial->without_port == 0)
    text += "none failed for want of a port";
  else
    text += fmt::format("then no port for {} attempts", format_count(trial->without_port));
  if (how == Fared::ports_left) text += ", and ports were left";
  if (how != Fared::otherwise) return;
  text += "; not as predicted";
  way.reach = Reach::contradicted;
}

}  // namespace tws::diagnosis
