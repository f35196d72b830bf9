#include "simulate_options.hpp"

#include "os_option.hpp"
#include "tws/report/command_line.hpp"
#include "tws/support/errors.hpp"
#include "tws/support/units.hpp"
#include "values.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <utility>

namespace tws {
namespace {

constexpr std::uint64_t most_addresses = 1'000'000;
constexpr std::uint64_t most_entries = 1'000'000'000;
constexpr std::uint64_t most_runs = 1'000'000;

// Times of more than a year would not fit together.
std::chrono::nanoseconds within_a_year(std::string_view option, const std::string& text) {
  const auto time = duration(option, text);
  if (time > std::chrono::years(1)) refuse(option, text, "a year at most");
  return time;
}

// Only Linux has the option at all.
void refuse_elsewhere(std::string_view option, const std::string& value,
                      const SystemRules& system) {
  if (!value.empty() && system.os != "Linux")
    throw UsageError(fmt::format("{}: '{}' can't be set with --os {}: it is of Linux", option,
                                 value, system.name));
}

// Nor has an old one all of them.
void refuse_before(std::string_view version, std::string_view option, const std::string& value,
                   const SystemRules& system) {
  if (system.delay_by_seconds)
    throw UsageError(fmt::format("{}: '{}' can't be set with --os {}: it is of Linux {} and newer",
                                 option, value, system.name, version));
}

SystemRules to_system(const SimulateWords& words) {
  SystemRules system = rules_named("--os", words.system);
  for (const auto& [option, value] : {std::pair{"--port-step", words.port_step},
                                      {"--tw-reuse", words.tw_reuse},
                                      {"--tw-reuse-delay", words.tw_reuse_delay},
                                      {"--max-tw-buckets", words.max_time_wait}})
    refuse_elsewhere(option, value, system);
  if (words.load.ports == "rotate") refuse_elsewhere("--ports", words.load.ports, system);
  if (!words.system_ports.empty())
    system.ports = port_range("--system-port-range", words.system_ports);
  // Only Linux can narrow it for a run; elsewhere it is the system that is meant.
  if (!words.load.port_range.empty() && system.os != "Linux")
    system.ports = port_range("--port-range", words.load.port_range);
  if (!words.port_step.empty()) {
    refuse_before("7.1", "--port-step", words.port_step, system);
    const auto width = number_between("--port-step", words.port_step, 0, UINT32_MAX);
    system = with_port_steps(system, static_cast<std::uint32_t>(width));
  }
  if (!words.tw_reuse.empty()) {
    const auto reuse = number_between("--tw-reuse", words.tw_reuse, 0, 2);
    system.reuse = reuse == 0   ? TimeWaitReuse::Off
                   : reuse == 1 ? TimeWaitReuse::On
                                : TimeWaitReuse::Loopback;
  }
  if (!words.tw_reuse_delay.empty()) {
    refuse_before("6.14", "--tw-reuse-delay", words.tw_reuse_delay, system);
    system.reuse_delay = duration("--tw-reuse-delay", words.tw_reuse_delay);
    if (system.reuse_delay > std::chrono::minutes(1))
      refuse("--tw-reuse-delay", words.tw_reuse_delay, "60s at most");
  }
  if (!words.max_time_wait.empty()) {
    const auto entries = parse_count(words.max_time_wait);
    if (!entries || *entries > most_entries)
      refuse("--max-tw-buckets", words.max_time_wait, "a number up to 1G, such as 262144 or 20M");
    system.max_time_wait = *entries;
  }
  if (!words.time_wait.empty()) {
    system.time_wait = within_a_year("--time-wait", words.time_wait);
    if (system.time_wait == system.time_wait.zero())
      refuse("--time-wait", words.time_wait, "longer than nothing");
  }
  if (!words.search_cost.empty())
    system.search_cost = within_a_year("--search-cost", words.search_cost);
  return system;
}

// The plan as a run has it, but for what the simulation has other defaults for.
Plan to_simulated_plan(const SimulateWords& words, const SystemRules& system) {
  LoadWords load = words.load;
  if (load.threads.empty()) load.threads = "1";
  if (system.os != "Linux") load.port_range.clear();
  std::optional<double> rate_each;
  if (!words.rate_each.empty()) {
    rate_each = parse_rate(words.rate_each);
    if (!rate_each)
      refuse("--rate-per-connection", words.rate_each,
             "a number of requests per second up to 1G, such as 100 or 0.5");
  }
  Plan plan = to_plan(load);
  if (plan.duration) within_a_year("--duration", load.duration.empty() ? "10s" : load.duration);
  plan.urls.clear();
  if (rate_each) {
    plan.rate = *rate_each * plan.connections;
    check_rate("--rate-per-connection", words.rate_each, plan);
  }
  if (plan.port_range &&
      (plan.port_range->low < system.ports.low || plan.port_range->high > system.ports.high))
    throw UsageError(
        fmt::format("--port-range: '{}' is not within {}-{}, which is the system's: a "
                    "run can narrow it, not widen it",
                    words.load.port_range, system.ports.low, system.ports.high));
  return plan;
}

// What somebody with such a system can type, where the simulation has nothing but what is there
// anyway.
std::string check_of(const SimulateWords& words, const Simulation& simulation) {
  const bool plain = words.sources.empty() && words.targets.empty() && !words.network &&
                     words.system_ports.empty() && words.load.port_range.empty() &&
                     words.port_step.empty() && words.time_wait.empty() &&
                     words.round_trip.empty() && words.again_after.empty();
  if (!plain) return {};
  Plan plan = simulation.plan;
  plan.urls.clear();
  auto server = fmt::format("tws-server --mode {}", words.mode);
  if (!words.delay.empty()) server += fmt::format(" --delay {}", for_shell(words.delay));
  return fmt::format("{} & {}", server, fmt::join(command_line(plan), " "));
}

std::uint32_t addresses(std::string_view option, const std::string& text) {
  return text.empty() ? 1
                      : static_cast<std::uint32_t>(number_between(option, text, 1, most_addresses));
}

}  // namespace

void add_simulate_options(CLI::App& app, SimulateWords& words) {
  app.add_option("--os", words.system, "Whose rules [linux]")->type_name(os_names("|"));
  add_shape_options(app, words.load);
  app.get_option("--threads")->description("Threads of the client [1]");
  app.get_option("--port-range")
      ->description(
          "Linux: a part of the system's range, for this run only; macOS and FreeBSD, which\n"
          "can't do that: the same as --system-port-range");
  auto* all = app.get_option("--rate");
  app.add_option("--rate-per-connection", words.rate_each,
                 "Requests per second of each connection: -q for all of them together")
      ->type_name("R")
      ->excludes(all);
  app.add_option("--mode", words.mode,
                 "How the server handles connections, as tws-server's [spawn]")
      ->type_name("sequential|spawn");
  app.add_option("--sources", words.sources, "Source addresses, in turn [1]")->type_name("N");
  app.add_option("--targets", words.targets, "Targets, in turn, each with a CPU of its own [1]")
      ->type_name("N");
  app.add_flag("--network", words.network,
               "The targets are other machines, not 127.0.0.1: tcp_tw_reuse 2 is for loopback");
  app.add_option("--system-port-range", words.system_ports,
                 "net.ipv4.ip_local_port_range, net.inet.ip.portrange.first and last")
      ->type_name("LOW-HIGH");
  app.add_option("--port-step", words.port_step,
                 "net.ipv4.ip_local_port_step_width (Linux 7.1): the longest random step [0: none]")
      ->type_name("N");
  app.add_option("--tw-reuse", words.tw_reuse, "net.ipv4.tcp_tw_reuse [2]")->type_name("0|1|2");
  app.add_option("--tw-reuse-delay", words.tw_reuse_delay,
                 "net.ipv4.tcp_tw_reuse_delay, a bare number in seconds [1s]")
      ->type_name("TIME");
  app.add_option("--max-tw-buckets", words.max_time_wait,
                 "net.ipv4.tcp_max_tw_buckets [262144 on Linux, else no limit]")
      ->type_name("N");
  app.add_option("--time-wait", words.time_wait,
                 "How long it lasts [the system's: 60s; macOS 30s, 2 x net.inet.tcp.msl]")
      ->type_name("TIME");
  app.add_option("--connection-cost", words.connection_cost,
                 "CPU that each end spends on opening and closing a connection [16us]")
      ->type_name("TIME");
  app.add_option("--request-cost", words.request_cost, "The same on a request [4us]")
      ->type_name("TIME");
  app.add_option(
         "--search-cost", words.search_cost,
         "The client's kernel on each port that connect() looks at [100ns on Linux, else 0]")
      ->type_name("TIME");
  app.add_option("--delay", words.delay, "What the server waits before each response [0]")
      ->type_name("TIME");
  app.add_option("--rtt", words.round_trip, "Of a packet to the server and back [0]")
      ->type_name("TIME");
  app.add_option("--seed", words.seed, "Of the simulation's chance [1]")->type_name("N");
  app.add_option(
         "--repeat", words.repeat,
         "With so many seeds, from --seed on: mean and standard deviation instead of a report")
      ->type_name("N");
  app.add_option("--again-after", words.again_after,
                 "Tell of a second run, begun so long after the end of the first")
      ->type_name("TIME");
  app.footer(os_list() +
             "No server is loaded and no socket is opened: the rules are played, one connection "
             "after the\nother. docs/simulation.md says which rules, from which sources, and what "
             "was held against\nreal kernels. Exit codes: 0 done, 1 the output was lost, 2 usage.");
}

SimulateOptions to_simulate(const SimulateWords& words, int argc, const char* const* argv) {
  SimulateOptions options;
  Simulation& simulation = options.simulation;
  simulation.system = to_system(words);
  simulation.plan = to_simulated_plan(words, simulation.system);
  if (words.mode != "sequential" && words.mode != "spawn")
    refuse("--mode", words.mode, "one of sequential, spawn");
  simulation.sequential = words.mode == "sequential";
  simulation.sources = addresses("--sources", words.sources);
  simulation.targets = addresses("--targets", words.targets);
  simulation.on_loopback = !words.network;
  if (!words.connection_cost.empty())
    simulation.costs.connection = within_a_year("--connection-cost", words.connection_cost);
  if (!words.request_cost.empty())
    simulation.costs.request = within_a_year("--request-cost", words.request_cost);
  if (!words.delay.empty()) simulation.delay = within_a_year("--delay", words.delay);
  if (!words.round_trip.empty()) simulation.round_trip = duration("--rtt", words.round_trip);
  if (simulation.round_trip > std::chrono::minutes(1))
    refuse("--rtt", words.round_trip, "a minute at most");
  simulation.seed = number_between("--seed", words.seed, 0, UINT64_MAX);
  options.repeat = number_between("--repeat", words.repeat, 1, most_runs);
  if (!words.again_after.empty())
    simulation.again_after = within_a_year("--again-after", words.again_after);
  if (simulation.costs == Costs{{}, {}} &&
      simulation.delay + simulation.round_trip == std::chrono::nanoseconds{} &&
      !simulation.plan.rate && !simulation.plan.requests)
    refuse("--request-cost", words.request_cost,
           "more than nothing, where connections, delay and round trip take no time either: a rate "
           "(-q) or a number (-n) is needed");
  if (ports_simulated(simulation) > most_ports_simulated)
    throw UsageError(fmt::format(
        "--targets: {} sources and {} targets are {} ports to keep account of, and the most are {}",
        format_count(simulation.sources), format_count(simulation.targets),
        format_count(ports_simulated(simulation)), format_count(most_ports_simulated)));
  if (simulation.plan.ports == PortChoice::rotate) {
    const auto pairs =
        simulation.sources *
        std::uint64_t{
            rotated_ports(simulation.plan, simulation.sources, simulation.system.ports).size()};
    if (pairs < 2 * std::uint64_t{simulation.plan.connections})
      throw UsageError(
          fmt::format("--ports: 'rotate' has {} ports and needs two for each of the {} "
                      "connections",
                      format_count(pairs), format_count(simulation.plan.connections)));
  }
  options.check = check_of(words, simulation);
  options.command = "hammer";
  for (int i = 1; i < argc; ++i) options.command += ' ' + for_shell(argv[i]);
  return options;
}

}  // namespace tws
