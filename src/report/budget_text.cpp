#include "tws/report/budget_text.hpp"

#include "json_values.hpp"
#include "tws/support/units.hpp"

#include <fmt/format.h>

#include <boost/asio/ip/address.hpp>

#include <cmath>
#include <vector>

namespace tws {
namespace {

namespace json = boost::json;

struct Row {
  std::string_view name;
  std::string value;
  std::string_view source;
};

std::string count_or_unknown(const std::optional<std::uint64_t>& count) {
  return count ? format_count(*count) : "unknown";
}

std::string time_or_unknown(const std::optional<double>& seconds) {
  return seconds ? format_duration(*seconds) : "unknown";
}

std::vector<Row> rows(const Limits& limits, const LimitSources& from) {
  return {
      {"source ports",
       limits.ports ? fmt::format("{}-{}", limits.ports->low, limits.ports->high) : "unknown",
       from.ports},
      {"reserved", count_or_unknown(limits.reserved_ports), from.reserved_ports},
      {"held by others", count_or_unknown(limits.held_ports), from.held_ports},
      {"usable", count_or_unknown(limits.usable_ports), from.usable_ports},
      {"TIME_WAIT lasts", time_or_unknown(limits.time_wait_seconds), from.time_wait_seconds},
      {"reuse of TIME_WAIT", limits.reuse ? std::string(name(*limits.reuse)) : "unknown", from.reuse},
      {"reuse after", time_or_unknown(limits.reuse_delay_seconds), from.reuse_delay_seconds},
      {"timestamps", limits.timestamps ? (*limits.timestamps ? "on" : "off") : "unknown",
       from.timestamps},
      {"TIME_WAIT table", count_or_unknown(limits.max_time_wait), from.max_time_wait},
      {"open files", count_or_unknown(limits.open_files), from.open_files},
      {"open files, hard", count_or_unknown(limits.open_files_hard), from.open_files_hard},
      {"accept queue", count_or_unknown(limits.somaxconn), from.somaxconn},
      {"SYN queue", count_or_unknown(limits.syn_backlog), from.syn_backlog},
      {"tracked connections", count_or_unknown(limits.conntrack_count), from.conntrack_count},
      {"tracked, at most", count_or_unknown(limits.conntrack_max), from.conntrack_max},
  };
}

Demand one_source_one_target(const Limits& limits, bool reuse) {
  Plan plan;
  plan.requests_per_connection = 1;
  plan.close_by = CloseBy::client;
  return demand_of(plan, limits, reuse);
}

std::string reach_row(std::string_view what, const Budget& budget) {
  return fmt::format("  {:<36}{:>14}{:>14}\n", what, format_count(budget.burst.value_or(0)),
                     fmt::format("{:.1f}", budget.sustained_per_second.value_or(0)));
}

// "1 source address", "4 targets"
std::string plural(std::uint64_t count, std::string_view noun, std::string_view ending) {
  return fmt::format("{} {}{}", format_count(count), noun, count == 1 ? "" : ending);
}

std::string what_would_hold(const Demand& demand, double rate) {
  const auto sources = sources_needed(demand, rate), targets = targets_needed(demand, rate);
  if (sources && targets)
    return fmt::format("{}, or {}, would hold it", plural(*sources, "source address", "es"),
                       plural(*targets, "target", "s"));
  if (sources) return fmt::format("{} would hold it", plural(*sources, "source address", "es"));
  const double tuples = std::ceil(rate * (demand.hold_seconds + demand.life_seconds));
  return fmt::format("{} would hold it",
                     plural(static_cast<std::uint64_t>(tuples), "tuple", "s"));
}

}  // namespace

std::string limits_text(const Limits& limits, std::string_view os) {
  std::string text = "What this machine allows:\n";
  for (const Row& row : rows(limits, limit_sources(os)))
    text += fmt::format("  {:<21}{:>13}  {}\n", row.name, row.value, row.source);
  if (!limits.ports) return text;

  text += fmt::format("\nWhat that means for one source address and one target:\n  {:<36}{:>14}{:>14}\n",
                      "", "in a burst", "per second");
  const auto loopback = boost::asio::ip::make_address("127.0.0.1");
  const auto elsewhere = boost::asio::ip::make_address("192.0.2.1");
  text += reach_row("client closes, target on loopback",
                    budget(one_source_one_target(limits, reuse_applies(limits, loopback))));
  text += reach_row("client closes, any other target",
                    budget(one_source_one_target(limits, reuse_applies(limits, elsewhere))));
  text += os == "Linux"
              ? "  server closes, reset, or kept: no ceiling\n"
              : "  reset, or kept: no ceiling\n";
  return text;
}

json::value limits_report_json(const Limits& limits, std::string_view os) {
  json::object all;
  for (const Row& row : rows(limits, limit_sources(os)))
    all[row.name] = {{"value", row.value == "unknown" ? json::value(nullptr) : json::value(row.value)},
                     {"source", row.source}};
  const auto loopback = boost::asio::ip::make_address("127.0.0.1");
  const auto elsewhere = boost::asio::ip::make_address("192.0.2.1");
  return {{"limits", all},
          {"clientClosesLoopback",
           budget_json(budget(one_source_one_target(limits, reuse_applies(limits, loopback))))},
          {"clientClosesElsewhere",
           budget_json(budget(one_source_one_target(limits, reuse_applies(limits, elsewhere))))}};
}

std::string budget_text(const Demand& demand, std::optional<double> search_cost) {
  const Budget all = budget(demand);
  std::string text = fmt::format("{} x {} x {} = {}", plural(demand.ports, "port", "s"),
                                 plural(demand.sources, "source address", "es"),
                                 plural(demand.targets, "target", "s"),
                                 plural(all.tuples, "tuple", "s"));
  if (!all.burst) return text + "\nNone is held after its connection: no ceiling.\n";
  text += fmt::format(", each held {} after its connection\n", format_duration(all.hold_seconds));
  text += fmt::format("  {:<14}{} before the first tuple comes back\n", "burst",
                      plural(*all.burst, "connection", "s"));
  text += fmt::format("  {:<14}{:.1f} connections per second\n", "sustained",
                      *all.sustained_per_second);
  if (all.search_slow_from)
    text += fmt::format("  {:<14}from {} ports held, for each source and target\n", "slow search",
                        format_count(*all.search_slow_from));
  if (all.search_slow_from && search_cost)
    text += fmt::format("  {:<14}{:.0f} connections per second and thread from there on\n", "",
                        search_rate(demand.ports, *search_cost));
  if (demand.duration_seconds)
    text += fmt::format("  {:<14}at most {}\n", fmt::format("in {}", format_duration(*demand.duration_seconds)),
                        plural(most_connections_in(demand, *demand.duration_seconds), "connection", "s"));
  if (demand.rate) {
    const auto when = all.exhausted_at_seconds
                          ? fmt::format("used up after {}", format_duration(*all.exhausted_at_seconds))
                          : std::string("holds for ever");
    text += fmt::format("  {:<14}{}\n", fmt::format("{:g}/s", *demand.rate), when);
    if (all.exhausted_at_seconds) text += fmt::format("  {:<14}{}\n", "", what_would_hold(demand, *demand.rate));
  }
  return text;
}

json::value budget_report_json(const Demand& demand, std::optional<double> search_cost) {
  const Budget all = budget(demand);
  const auto of_rate = [&](auto needed) {
    return demand.rate ? or_null(needed(demand, *demand.rate)) : json::value(nullptr);
  };
  json::object object = budget_json(all);
  object["ports"] = demand.ports;
  object["sources"] = demand.sources;
  object["targets"] = demand.targets;
  object["held"] = demand.held;
  object["rate"] = or_null(demand.rate);
  object["mostConnections"] =
      all.burst && demand.duration_seconds
          ? json::value(most_connections_in(demand, *demand.duration_seconds))
          : json::value(nullptr);
  object["sourcesNeeded"] = of_rate(sources_needed);
  object["targetsNeeded"] = of_rate(targets_needed);
  object["searchPerSecond"] = all.search_slow_from && search_cost
                                  ? json::value(search_rate(demand.ports, *search_cost))
                                  : json::value(nullptr);
  return object;
}

std::string budget_line(const Demand& demand) {
  const Budget all = budget(demand);
  if (!all.burst) return {};
  std::string line = fmt::format("{} source ports", format_count(demand.ports));
  if (demand.sources > 1) line += fmt::format(" x {} source addresses", demand.sources);
  if (demand.targets > 1) line += fmt::format(" x {} targets", demand.targets);
  if (demand.held > 0) line += fmt::format(", {} of them held already", format_count(demand.held));
  return fmt::format("{}: {} connections, then {:.0f} per second, as each is held for {}", line,
                     format_count(*all.burst), *all.sustained_per_second,
                     format_duration(all.hold_seconds));
}

}  // namespace tws
