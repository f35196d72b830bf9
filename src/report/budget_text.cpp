#include "report/budget_text.hpp"

#include "measure/stages.hpp"
#include "report/diagnosis_fields.hpp"
#include "report/json_values.hpp"
#include "report/plan_fields.hpp"
#include "report/words.hpp"
#include "support/units.hpp"

#include <fmt/format.h>

#include <cmath>
#include <vector>

namespace tws {
namespace {

namespace json = boost::json;

struct Row {
  std::string_view key;   // in JSON
  std::string_view name;  // for people
  std::string text;
  json::value value;
  std::string_view source;
};

Row count_row(std::string_view key, std::string_view name,
              const std::optional<std::uint64_t>& count, std::string_view source) {
  return {key, name, count ? format_count(*count) : "unknown", or_null(count), source};
}

Row time_row(std::string_view key, std::string_view name, const std::optional<double>& seconds,
             std::string_view source) {
  return {key, name, seconds ? format_duration(*seconds) : "unknown", or_null(seconds), source};
}

Row word_row(std::string_view key, std::string_view name, const std::optional<std::string>& word,
             std::string_view source) {
  return {key, name, word.value_or("unknown"), or_null(word), source};
}

// Keys as a run's `limits` has them.
std::vector<Row> rows(const Limits& limits, std::string_view os) {
  const LimitSources from = limit_sources(os);
  std::optional<std::string> ports, reuse;
  if (limits.ports) ports = fmt::format("{}-{}", limits.ports->low, limits.ports->high);
  if (limits.reuse) reuse = name(*limits.reuse);
  const auto& stamps = limits.timestamps;
  // tcp_tw_reuse_delay came with Linux 6.14 (net/ipv4/tcp_ipv4.c, tcp_twsk_unique).
  const bool no_steps = os == "Linux" && limits.ports && !limits.port_step_width;
  const bool fixed_delay = os == "Linux" && limits.reuse && !limits.reuse_delay_seconds;
  return {
      word_row("ports", "source ports", ports, from.ports),
      count_row("reservedPorts", "reserved", limits.reserved_ports, from.reserved_ports),
      count_row("heldPorts", "held by others", limits.held_ports, from.held_ports),
      count_row("usablePorts", "usable", limits.usable_ports, from.usable_ports),
      no_steps
          ? Row{"portStepWidth", "port step width", "none", nullptr, "Linux 7.1 and newer have it"}
          : count_row("portStepWidth", "port step width", limits.port_step_width,
                      from.port_step_width),
      time_row("timeWaitSeconds", "TIME_WAIT lasts", limits.time_wait_seconds,
               from.time_wait_seconds),
      word_row("reuse", "TIME_WAIT reuse", reuse, from.reuse),
      fixed_delay ? time_row("reuseDelaySeconds", "reuse after", 1, "fixed before Linux 6.14")
                  : time_row("reuseDelaySeconds", "reuse after", limits.reuse_delay_seconds,
                             from.reuse_delay_seconds),
      {"timestamps", "timestamps", stamps ? (*stamps ? "on" : "off") : "unknown", or_null(stamps),
       from.timestamps},
      count_row("maxTimeWait", "TIME_WAIT table", limits.max_time_wait, from.max_time_wait),
      count_row("openFiles", "open files", limits.open_files, from.open_files),
      count_row("openFilesHard", "open files, hard", limits.open_files_hard, from.open_files_hard),
      count_row("somaxconn", "accept queue", limits.somaxconn, from.somaxconn),
      count_row("synBacklog", "SYN queue", limits.syn_backlog, from.syn_backlog),
      count_row("conntrackCount", "tracked now", limits.conntrack_count, from.conntrack_count),
      count_row("conntrackMax", "tracked, at most", limits.conntrack_max, from.conntrack_max),
  };
}

// "0.017", "470.5", "200", "28,232"
std::string rate_text(double rate) {
  if (rate < 1) return fmt::format("{:.2g}", rate);
  if (rate < 1000 && rate != std::floor(rate)) return fmt::format("{:.1f}", rate);
  return rate < 1e15 ? format_count(whole(rate)) : fmt::format("{:.3g}", rate);
}

std::string reach_row(std::string_view what, const Budget& budget) {
  return fmt::format("  {:<36}{:>14}{:>14}\n", what, format_count(budget.burst.value_or(0)),
                     rate_text(budget.sustained_per_second.value_or(0)));
}

std::string entries(std::uint64_t count) {
  return fmt::format("{} table {}", format_count(count), count == 1 ? "entry" : "entries");
}

// A table that all share: conntrack.
bool is_table(const Demand& demand) {
  return !demand.sources_multiply && !demand.targets_multiply;
}

std::string what_would_hold(const Demand& demand, double rate) {
  const auto sources = sources_needed(demand, rate), targets = targets_needed(demand, rate);
  if (sources && targets)
    return fmt::format("{}, or {}, would hold it", plural(*sources, "source address", "es"),
                       plural(*targets, "target", "s"));
  if (sources) return fmt::format("{} would hold it", plural(*sources, "source address", "es"));
  return fmt::format("{} would hold it", entries(demand.held + tuples_needed(demand, rate)));
}

// Two settings stand below each other where one line does not hold them.
std::string in_its_column(std::string_view source) {
  constexpr std::size_t column = 34, width = 80;
  const auto comma = source.find(", ");
  if (column + source.size() <= width || comma == std::string_view::npos)
    return std::string(source);
  return fmt::format("{}\n{:{}}{}", source.substr(0, comma + 1), "", column,
                     source.substr(comma + 2));
}

// "60.0 s after its connection, which lives 2.00 s"
std::string busy_text(const Demand& demand) {
  const auto life = format_duration(demand.life_seconds);
  if (demand.hold_seconds == 0) return fmt::format("while its connection lives, {}", life);
  const auto held = fmt::format("{} after its connection", format_duration(demand.hold_seconds));
  return demand.life_seconds == 0 ? held : fmt::format("{}, which lives {}", held, life);
}

// "after 6.40 s, at 1,280/s"
std::string when_used_up(const Demand& demand, const Budget& all) {
  const double rate = planned_at({Varied::rate, demand.stages}, *all.exhausted_at_seconds);
  return fmt::format("after {}, at {}/s", format_duration(*all.exhausted_at_seconds),
                     rate_text(rate));
}

}  // namespace

std::string limits_text(const Limits& limits, std::string_view os) {
  std::string text = "What this machine allows:\n";
  for (const Row& row : rows(limits, os))
    text += fmt::format("  {:<16}{:>14}  {}\n", row.name, row.text, in_its_column(row.source));
  if (!limits.ports) return text;

  text +=
      fmt::format("\nConnections with one source address and one target:\n  {:<36}{:>14}{:>14}\n",
                  "", "in a burst", "per second");
  const Demand elsewhere = demand_on(limits, os, false);
  text += reach_row("client closes, target on loopback", budget(demand_on(limits, os, true)));
  text += reach_row("client closes, any other target", budget(elsewhere));
  text += os == "Linux" ? "  server closes, reset, or kept: no ceiling\n"
                        : "  reset, or kept: no ceiling\n";
  if (elsewhere.kernel_search)
    text += "  From half of these on connect() is slow: the kernel searches for a free port.\n";
  return text;
}

json::value limits_report_json(const Limits& limits, std::string_view os) {
  json::object values, sources;
  for (const Row& row : rows(limits, os)) {
    sources[row.key] = row.source.empty() ? json::value(nullptr) : json::value(row.source);
    if (row.key == "ports") continue;
    values[row.key] = row.value;
  }
  values["portLow"] = limits.ports ? json::value(limits.ports->low) : json::value(nullptr);
  values["portHigh"] = limits.ports ? json::value(limits.ports->high) : json::value(nullptr);
  return {{"limits", values},
          {"readFrom", sources},
          {"clientClosesLoopback", Json<Budget>::write(budget(demand_on(limits, os, true)))},
          {"clientClosesElsewhere", Json<Budget>::write(budget(demand_on(limits, os, false)))}};
}

std::string budget_text(const Demand& demand, std::optional<double> search_cost) {
  const Budget all = budget(demand);
  std::string text =
      is_table(demand)
          ? entries(all.tuples)
          : fmt::format("{} x {} x {} = {}", plural(demand.ports, "port", "s"),
                        plural(demand.sources, "source address", "es"),
                        plural(demand.targets, "target", "s"), plural(all.tuples, "tuple", "s"));
  text += '\n';
  if (!all.burst) return text + "None is held after its connection: no ceiling.\n";
  const auto line = [&](std::string_view label, std::string_view value) {
    text += fmt::format("  {:<13} {}\n", label, value);
  };
  line("each held", busy_text(demand));
  if (demand.held > 0)
    line("held already", fmt::format("{} at the start", format_count(demand.held)));
  line("burst",
       fmt::format("{} before the first comes back", plural(*all.burst, "connection", "s")));
  line("sustained", fmt::format("{} connections per second", rate_text(*all.sustained_per_second)));
  if (all.search_slow_from)
    line("slow search", fmt::format("from {} ports held for a source and target: {}/s in all",
                                    format_count(*all.search_slow_from),
                                    rate_text(all.before_search_per_second.value_or(0))));
  if (all.search_slow_from && search_cost)
    line("", fmt::format("{} connections per second and thread from there on",
                         rate_text(search_rate(demand.ports, *search_cost))));
  if (demand.duration_seconds) {
    const auto most = most_connections_in(demand, *demand.duration_seconds);
    line(fmt::format("in {}", format_duration(*demand.duration_seconds)),
         most == UINT64_MAX ? std::string("more connections than can be counted")
                            : fmt::format("at most {}", plural(most, "connection", "s")));
  }
  if (!demand.stages.empty()) {
    line("stages", all.exhausted_at_seconds ? "used up " + when_used_up(demand, all)
                                            : std::string("hold until their end"));
    return text;
  }
  if (!demand.rate) return text;
  const auto label = fmt::format("{}/s", rate_text(*demand.rate));
  if (!all.exhausted_at_seconds) {
    line(label, "holds for ever");
    return text;
  }
  const bool fits =
      demand.duration_seconds && *all.exhausted_at_seconds >= *demand.duration_seconds;
  line(label, fmt::format("used up after {}{}", format_duration(*all.exhausted_at_seconds),
                          fits ? ", not within that time" : ""));
  line("", what_would_hold(demand, *demand.rate));
  return text;
}

json::value budget_report_json(const Demand& demand, std::optional<double> search_cost) {
  const Budget all = budget(demand);
  const auto of_rate = [&](auto needed) {
    return demand.rate ? or_null(needed(demand, *demand.rate)) : json::value(nullptr);
  };
  json::object object = Json<Budget>::write(all);
  object["ports"] = demand.ports;
  object["sources"] = demand.sources;
  object["targets"] = demand.targets;
  object["held"] = demand.held;
  object["lifeSeconds"] = demand.life_seconds;
  object["rate"] = or_null(demand.rate);
  object["stages"] = Json<std::vector<Stage>>::write(demand.stages);
  std::optional<std::uint64_t> most;
  if (demand.duration_seconds) most = most_connections_in(demand, *demand.duration_seconds);
  object["mostConnections"] = most == UINT64_MAX ? json::value(nullptr) : or_null(most);
  object["sourcesNeeded"] = of_rate(sources_needed);
  object["targetsNeeded"] = of_rate(targets_needed);
  object["searchPerSecond"] = all.search_slow_from && search_cost
                                  ? json::value(search_rate(demand.ports, *search_cost))
                                  : json::value(nullptr);
  return object;
}

std::string budget_line(const Demand& demand, unsigned threads) {
  const Budget all = budget(demand);
  if (!all.burst) return {};
  std::string line = fmt::format("{} source ports", format_count(demand.ports));
  if (demand.sources > 1) line += fmt::format(" x {} source addresses", demand.sources);
  if (demand.targets > 1) line += fmt::format(" x {} targets", demand.targets);
  if (demand.held > 0) line += fmt::format(", {} of them held already", format_count(demand.held));
  const auto later = sustained_with_search(demand, {}, threads);
  line = fmt::format("{}: {} connections, then {} per second, as each is held for {}", line,
                     format_count(*all.burst),
                     later.fewest == later.most
                         ? rate_text(later.most)
                         : fmt::format("{} to {}", rate_text(later.fewest), rate_text(later.most)),
                     format_duration(all.hold_seconds));
  if (later.fewest < later.most)
    line += fmt::format(" and the search for a port is slow beyond {} per second",
                        rate_text(*all.before_search_per_second));
  if (!demand.stages.empty())
    return all.exhausted_at_seconds
               ? fmt::format("{}; the stages would use them up {}", line, when_used_up(demand, all))
               : fmt::format("{}; the stages fit", line);
  if (!demand.rate) return line;
  if (!all.exhausted_at_seconds) return fmt::format("{}; {}/s fit", line, rate_text(*demand.rate));
  return fmt::format("{}; {}/s would use them up after {}{}", line, rate_text(*demand.rate),
                     format_duration(*all.exhausted_at_seconds),
                     demand.duration_seconds.value_or(HUGE_VAL) < *all.exhausted_at_seconds
                         ? ", which this run does not reach"
                         : "");
}

}  // namespace tws
