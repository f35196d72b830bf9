#include "tws/cli/budget_options.hpp"

#include "os_option.hpp"
#include "values.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <string>

namespace tws {
namespace {

constexpr std::uint64_t most_ports = 65535;
constexpr std::uint64_t most_entries = 1'000'000'000;  // of a table
constexpr std::uint64_t most_addresses = 1'000'000;

// A value, and the name of the option that it was given with.
struct Given {
  std::string_view option;
  const std::string& value;
};

Given given(std::string_view option, const std::string& value, std::string_view old_option,
            const std::string& old_value) {
  return old_value.empty() ? Given{option, value} : Given{old_option, old_value};
}

Given os_given(const BudgetWords& words) {
  return given("--os", words.os, "--system", words.system);
}

Given port_count_given(const BudgetWords& words) {
  return given("--port-count", words.port_count, "--ports", words.ports);
}

void refuse_both_names(const BudgetWords& words) {
  if (!words.system.empty() && !(words.os + words.conntrack).empty())
    throw UsageError("--system excludes --os and --conntrack");
  if (!words.ports.empty() && !(words.port_count + words.range + words.conntrack).empty())
    throw UsageError("--ports excludes --port-count, --port-range and --conntrack");
}

Demand demand_on_asked_system(const BudgetWords& words, const Limits& limits, std::string_view os) {
  if (!words.conntrack.empty())
    return demand_on_conntrack(number_between("--conntrack", words.conntrack, 1, most_entries));
  // --system had names of its own.
  if (words.system == "conntrack") return demand_on_conntrack(conntrack_entries);
  if (words.system == "linux-loopback") return demand_on(rules_named("--system", "linux"), true);
  if (words.system == "macos") return demand_on(rules_of_os("Darwin"), words.on_loopback);
  const Given asked = os_given(words);
  if (!asked.value.empty())
    return demand_on(rules_named(asked.option, asked.value), words.on_loopback);
  const Demand demand = demand_on(limits, os, words.on_loopback);
  if (demand.ports == 0 && port_count_given(words).value.empty() && words.range.empty())
    throw UsageError("--port-count: is needed, as this machine's source ports can't be read");
  return demand;
}

double positive_number(std::string_view option, const std::string& text) {
  const auto number = parse_count(text);
  if (!number || *number == 0) refuse(option, text, "a whole number, such as 1000 or 20k");
  return static_cast<double>(*number);
}

// " with --os macos-12"; of this machine nothing.
std::string with_system(const BudgetWords& words) {
  if (!words.conntrack.empty()) return " with --conntrack";
  const Given asked = os_given(words);
  return asked.value.empty() ? "" : fmt::format(" with {} {}", asked.option, asked.value);
}

}  // namespace

void add_budget_options(CLI::App& app, BudgetWords& words) {
  app.add_option("--rate", words.rate, "Wanted connections per second")->type_name("R");
  app.add_option("--duration", words.duration, "Of the run")->type_name("TIME");
  auto* os = app.add_option("--os", words.os, "Whose ports and times [this machine's]")
                 ->type_name(os_names("|"));
  auto* on_loopback =
      app.add_flag("--loopback", words.on_loopback,
                   "The target is on loopback, where Linux reuses TIME_WAIT sooner (tcp_tw_reuse)");
  auto* range = app.add_option("--port-range", words.range,
                               "Source ports, given as in a run: no slow search (Linux 6.8)")
                    ->type_name("LOW-HIGH");
  auto* count = app.add_option("--port-count", words.port_count,
                               "How many source ports there are [the system's range]")
                    ->type_name("N")
                    ->excludes(range);
  app.add_flag(fmt::format("--conntrack{{{}}}", conntrack_entries), words.conntrack,
               fmt::format("The table of a firewall or NAT gateway instead of source ports;\n"
                           "--conntrack=N: with N entries [{}]",
                           conntrack_entries))
      ->excludes(os)
      ->excludes(on_loopback)
      ->excludes(range)
      ->excludes(count);
  // Old names, in no help. CLI11 would name them there if they excluded others.
  app.add_option("--system", words.system)->group("");
  app.add_option("--ports", words.ports)->group("");
  app.add_option("--sources", words.sources, "Source addresses [1]")->type_name("N");
  app.add_option("--targets", words.targets, "Targets: addresses and ports [1]")->type_name("N");
  app.add_option("--hold", words.hold,
                 "How long a port is held after its connection; 0: not at all, as when\n"
                 "the server closes")
      ->type_name("TIME");
  app.add_option("--life", words.life, "How long a connection lives [0]")->type_name("TIME");
  app.add_option("--held", words.held, "Tuples that are held at the start [0]")->type_name("N");
  app.add_option("--search-cost", words.search_cost,
                 "What the kernel takes to look at one port, as the finding port-search has it")
      ->type_name("TIME");
  app.footer(os_list());
}

BudgetOptions to_budget(const BudgetWords& words, const Limits& limits, std::string_view os) {
  refuse_both_names(words);
  BudgetOptions options{demand_on_asked_system(words, limits, os), {}};
  Demand& demand = options.demand;
  const bool table = !demand.sources_multiply && !demand.targets_multiply;
  if (const Given count = port_count_given(words); !count.value.empty())
    demand.ports = number_between(count.option, count.value, 1, table ? most_entries : most_ports);
  if (!words.range.empty()) {
    demand.ports = port_range("--port-range", words.range).size();
    demand.kernel_search = false;  // IP_LOCAL_PORT_RANGE, as in a run
  }
  if (!words.sources.empty())
    demand.sources = number_between("--sources", words.sources, 1, most_addresses);
  if (!words.targets.empty())
    demand.targets = number_between("--targets", words.targets, 1, most_addresses);
  if (!demand.targets_multiply && demand.targets > 1)
    refuse("--targets", words.targets,
           fmt::format("1: a port is held for all targets{}", with_system(words)));
  if (!demand.sources_multiply && demand.sources > 1)
    refuse("--sources", words.sources,
           fmt::format("1: a table is shared by all{}", with_system(words)));
  if (!words.hold.empty()) demand.hold_seconds = to_seconds(duration("--hold", words.hold));
  if (!words.life.empty()) demand.life_seconds = to_seconds(duration("--life", words.life));
  if (!words.held.empty()) demand.held = number_between("--held", words.held, 0, most_entries);
  if (!words.rate.empty()) demand.rate = positive_number("--rate", words.rate);
  if (!words.duration.empty())
    demand.duration_seconds = to_seconds(positive_duration("--duration", words.duration));
  if (!words.search_cost.empty())
    options.search_cost = to_seconds(positive_duration("--search-cost", words.search_cost));
  return options;
}

}  // namespace tws
