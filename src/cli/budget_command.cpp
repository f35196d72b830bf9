#include "cli/budget_command.hpp"

#include "cli/os_option.hpp"
#include "cli/profile_options.hpp"
#include "cli/values.hpp"
#include "report/budget_text.hpp"
#include "system/kernel.hpp"
#include "tws/support/errors.hpp"
#include "tws/system/limits.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>
#include <string>

namespace tws {
namespace {

constexpr std::uint64_t most_ports = 65535;

struct Words {
  std::string conntrack;  // value of a flag; empty: not given
  Word os, port_count, range, sources, targets;
  bool on_loopback = false;
  Word hold, life, held, rate, duration, stages, search_cost;
  Word system, ports;  // old names of --os and --port-count; they still work
};

// A value, and the name of the option that it was given with.
struct Given {
  std::string_view option;
  const Word& value;
};

Given os_given(const Words& words) {
  return words.system ? Given{"--system", words.system} : Given{"--os", words.os};
}

Given port_count_given(const Words& words) {
  return words.ports ? Given{"--ports", words.ports} : Given{"--port-count", words.port_count};
}

void refuse_both_names(const Words& words) {
  const bool conntrack = !words.conntrack.empty();
  if (words.system && (words.os || conntrack))
    throw UsageError("--system can't be used with --os or --conntrack");
  if (words.ports && (words.port_count || words.range || conntrack))
    throw UsageError("--ports can't be used with --port-count, --port-range or --conntrack");
}

Demand demand_on_asked_system(const Words& words, const Limits& limits, std::string_view os) {
  if (!words.conntrack.empty())
    return demand_on_conntrack(number_between("--conntrack", words.conntrack, 1, most_entries));
  // --system had other names than --os.
  if (words.system == "conntrack") return demand_on_conntrack(conntrack_entries);
  if (words.system == "linux-loopback") return demand_on(rules_named("--system", "linux"), true);
  if (words.system == "macos") return demand_on(rules_of_os("Darwin"), words.on_loopback);
  const Given asked = os_given(words);
  if (asked.value) return demand_on(rules_named(asked.option, *asked.value), words.on_loopback);
  const Demand demand = demand_on(limits, os, words.on_loopback);
  if (demand.ports == 0 && !port_count_given(words).value && !words.range)
    refuse("--port-count", "required, because this machine's source ports can't be read");
  return demand;
}

double positive_number(std::string_view option, const std::string& text) {
  const auto number = parse_count(text);
  if (!number || *number == 0) refuse(option, text, "a whole number, such as 1000 or 20k");
  return static_cast<double>(*number);
}

// " with --os macos-12"; empty for this machine.
std::string with_system(const Words& words) {
  if (!words.conntrack.empty()) return " with --conntrack";
  const Given asked = os_given(words);
  return asked.value ? fmt::format(" with {} {}", asked.option, *asked.value) : "";
}

void refuse_what_does_not_multiply(const Words& words, const Demand& demand) {
  if (!demand.targets_multiply && demand.targets > 1)
    refuse("--targets",
           fmt::format("'{}' must be 1{}: all targets share the {}", *words.targets,
                       with_system(words), words.conntrack.empty() ? "ports" : "table"));
  if (!demand.sources_multiply && demand.sources > 1)
    refuse("--sources", fmt::format("'{}' must be 1{}: all sources share the table", *words.sources,
                                    with_system(words)));
}

// A rate that changes over time.
void set_stages(Demand& demand, const Words& words) {
  if (words.stages) {
    const auto profile = stages("--stages", *words.stages);
    if (profile.varied == Varied::connections)
      refuse("--stages", fmt::format("'{}' has connections; a budget needs rates, such as 30s:100",
                                     *words.stages));
    demand.stages = profile.stages;
    demand.duration_seconds = to_seconds(profile.length());
  } else if (is_span(words.rate)) {
    if (!words.duration)
      refuse("--rate", fmt::format("'{}' needs a time to change in: --duration", *words.rate));
    demand.stages = {
        rate_span("--rate", *words.rate, positive_duration("--duration", *words.duration))};
  }
}

// Options that are not given come from `limits` and `os` of this machine.
BudgetCommand to_budget(const Words& words, const Limits& limits, std::string_view os) {
  refuse_both_names(words);
  BudgetCommand command{demand_on_asked_system(words, limits, os), {}};
  Demand& demand = command.demand;
  const bool table = !demand.sources_multiply && !demand.targets_multiply;
  if (const Given count = port_count_given(words); count.value)
    demand.ports = number_between(count.option, *count.value, 1, table ? most_entries : most_ports);
  if (words.range) {
    demand.ports = port_range("--port-range", *words.range).size();
    demand.kernel_search = false;  // as with IP_LOCAL_PORT_RANGE in a run
  }
  if (words.sources)
    demand.sources = number_between("--sources", *words.sources, 1, most_addresses);
  if (words.targets)
    demand.targets = number_between("--targets", *words.targets, 1, most_addresses);
  refuse_what_does_not_multiply(words, demand);
  if (words.hold) demand.hold_seconds = to_seconds(duration("--hold", *words.hold));
  if (words.life) demand.life_seconds = to_seconds(duration("--life", *words.life));
  if (words.held) demand.held = number_between("--held", *words.held, 0, most_entries);
  if (words.rate && !is_span(words.rate)) demand.rate = positive_number("--rate", *words.rate);
  if (words.duration)
    demand.duration_seconds = to_seconds(positive_duration("--duration", *words.duration));
  set_stages(demand, words);
  if (words.search_cost)
    command.search_cost = to_seconds(positive_duration("--search-cost", *words.search_cost));
  return command;
}

void add_options(CLI::App& app, Words& words) {
  const Demand none;
  auto* rate = app.add_option("--rate", words.rate,
                              "Wanted connections per second. 100..5000 changes evenly over the "
                              "duration")
                   ->type_name("R");
  auto* duration =
      app.add_option("--duration", words.duration, "Length of the run")->type_name("TIME");
  app.add_option("--stages", words.stages,
                 "A rate that changes over time, as in a run: 30s:100,1m:1000,0s:2000,2m:2000")
      ->type_name("TIME:R[,...]")
      ->excludes(rate)
      ->excludes(duration);
  auto* os =
      app.add_option("--os", words.os, "System to calculate for [this machine's]")->type_name("OS");
  auto* on_loopback =
      app.add_flag("--loopback", words.on_loopback,
                   "The target is on loopback, where Linux reuses TIME_WAIT sooner (tcp_tw_reuse)");
  auto* range = app.add_option("--port-range", words.range,
                               "Source ports, as a run's --port-range sets them: the kernel finds "
                               "a free one without a slow search (Linux 6.8)")
                    ->type_name("LOW-HIGH");
  auto* count =
      app.add_option("--port-count", words.port_count, "Number of source ports [the system's]")
          ->type_name("N")
          ->excludes(range);
  app.add_flag(fmt::format("--conntrack{{{}}}", conntrack_entries), words.conntrack,
               fmt::format("Calculate for the table of a firewall or NAT gateway with N entries, "
                           "not for source ports [{}]",
                           conntrack_entries))
      ->option_text("[=N]")
      ->excludes(os)
      ->excludes(on_loopback)
      ->excludes(range)
      ->excludes(count);
  // Old names, hidden in --help. CLI11 would show them if they excluded other options.
  app.add_option("--system", words.system)->group("");
  app.add_option("--ports", words.ports)->group("");
  app.add_option("--sources", words.sources,
                 fmt::format("Number of source addresses [{}]", none.sources))
      ->type_name("N");
  app.add_option("--targets", words.targets,
                 fmt::format("Number of targets: pairs of address and port [{}]", none.targets))
      ->type_name("N");
  app.add_option("--hold", words.hold,
                 "How long a port stays in use after its connection; 0 if the server closes first "
                 "[the system's TIME_WAIT]")
      ->type_name("TIME");
  app.add_option("--life", words.life,
                 fmt::format("How long a connection lives [{}]", none.life_seconds))
      ->type_name("TIME");
  app.add_option("--held", words.held,
                 fmt::format("Ports or entries already in use at the start [{}]", none.held))
      ->type_name("N");
  app.add_option(
         "--search-cost", words.search_cost,
         "Time that the kernel needs to check one port; a run's finding port-search reports it")
      ->type_name("TIME");
  app.footer(os_list());
}

}  // namespace

Subcommand<BudgetCommand> BudgetCommand::declare(CLI::App& hammer) {
  const auto words = std::make_shared<Words>();
  auto* app = hammer.add_subcommand(
      "budget", "Calculates how long source ports last: for a rate, a proxy, a NAT gateway");
  add_options(*app, *words);
  return {app, [words] { return to_budget(*words, read_limits(), read_kernel().name); }};
}

int BudgetCommand::run(const Invocation& invocation) const {
  Output output(invocation.output);
  output.write([&] { return budget_text(demand, search_cost); },
               [&] { return budget_report_json(demand, search_cost); });
  return 0;
}

}  // namespace tws
