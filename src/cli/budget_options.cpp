#include "tws/cli/budget_options.hpp"

#include "values.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace tws {
namespace {

constexpr std::uint64_t most_ports = 65535;
constexpr std::uint64_t most_entries = 1'000'000'000;  // of a table
constexpr std::uint64_t most_addresses = 1'000'000;

struct System {
  std::string_view name;
  std::uint64_t ports;
  double hold_seconds;
  bool kernel_search;
  bool sources_multiply, targets_multiply;
};
// Linux: ip_local_port_range 32768-60999, TCP_TIMEWAIT_LEN, and on loopback tcp_tw_reuse=2 with its
// delay. macOS: net.inet.ip.portrange.first/last, 2 x net.inet.tcp.msl; its ports are not shared
// between targets (in_pcb.c). conntrack: nf_conntrack_max and TCP_CONNTRACK_TIME_WAIT.
constexpr std::array<System, 4> systems{{{"linux", 28232, 60, true, true, true},
                                         {"linux-loopback", 28232, 1, true, true, true},
                                         {"macos", 16384, 30, false, true, false},
                                         {"conntrack", 262144, 120, false, false, false}}};

const System& system_of(const std::string& text) {
  const auto found = std::find_if(systems.begin(), systems.end(),
                                  [&](const System& system) { return system.name == text; });
  if (found == systems.end())
    refuse("--system", text, "one of linux, linux-loopback, macos, conntrack");
  return *found;
}

double positive_number(std::string_view option, const std::string& text) {
  const auto number = parse_count(text);
  if (!number || *number == 0) refuse(option, text, "a whole number, such as 1000 or 20k");
  return static_cast<double>(*number);
}

// " with --system macos"
std::string on_named_system(const BudgetWords& words) {
  return words.system.empty() ? "" : fmt::format(" with --system {}", words.system);
}

}  // namespace

void add_budget_options(CLI::App& app, BudgetWords& words) {
  app.add_option("--rate", words.rate, "Wanted connections per second")->type_name("R");
  app.add_option("--duration", words.duration, "Of the run")->type_name("TIME");
  app.add_option("--system", words.system,
                 "Whose ports and times [this machine's, target not on loopback]")
      ->type_name("linux|linux-loopback|macos|conntrack");
  auto* range = app.add_option("--port-range", words.range,
                               "Source ports, given as in a run: no slow search (Linux 6.8)")
                    ->type_name("LOW-HIGH");
  app.add_option("--ports", words.ports,
                 "How many source ports the system's range has; of conntrack, its table's size")
      ->type_name("N")
      ->excludes(range);
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
}

BudgetOptions to_budget(const BudgetWords& words, const Limits& limits, std::string_view os) {
  BudgetOptions options;
  Demand& demand = options.demand;
  if (words.system.empty()) {
    demand.ports = limits.usable_ports.value_or(limits.ports ? limits.ports->size() : 0);
    demand.hold_seconds = limits.reuse == TimeWaitReuse::On && limits.timestamps.value_or(true)
                              ? limits.reuse_delay_seconds.value_or(1)
                              : limits.time_wait_seconds.value_or(60);
    demand = on_system(demand, os);
    if (demand.ports == 0 && words.ports.empty() && words.range.empty())
      throw UsageError("--ports: is needed, as this machine's source ports can't be read");
  } else {
    const System& system = system_of(words.system);
    demand.ports = system.ports;
    demand.hold_seconds = system.hold_seconds;
    demand.kernel_search = system.kernel_search;
    demand.sources_multiply = system.sources_multiply;
    demand.targets_multiply = system.targets_multiply;
  }
  const bool table = !demand.sources_multiply && !demand.targets_multiply;
  if (!words.ports.empty())
    demand.ports = number_between("--ports", words.ports, 1, table ? most_entries : most_ports);
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
           fmt::format("1: a port is held for all targets{}", on_named_system(words)));
  if (!demand.sources_multiply && demand.sources > 1)
    refuse("--sources", words.sources,
           fmt::format("1: a table is shared by all{}", on_named_system(words)));
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
