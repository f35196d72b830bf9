#include "cli/simulate_options.hpp"

#include "cli/os_option.hpp"
#include "report/command_line.hpp"
#include "support/units.hpp"
#include "tws/support/errors.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <utility>

namespace tws {
namespace {

constexpr std::uint64_t most_runs = 1'000'000;

// Sums of times longer than a year could overflow.
std::chrono::nanoseconds within_a_year(std::string_view option, const std::string& text) {
  const auto time = duration(option, text);
  if (time > std::chrono::years(1)) refuse(option, fmt::format("'{}' is longer than a year", text));
  return time;
}

// Refuses a setting that this system does not have.
[[noreturn]] void refuse_for(const SystemRules& system, std::string_view option,
                             const std::string& value, std::string_view what_has_it) {
  refuse(option, fmt::format("'{}' can't be set with --os {}: only {} has it", value, system.name,
                             what_has_it));
}

// Refuses an option that only Linux has.
void refuse_elsewhere(std::string_view option, const Word& value, const SystemRules& system) {
  if (value && system.os != "Linux") refuse_for(system, option, *value, "Linux");
}

// Refuses an option that older versions of Linux lack.
void refuse_before(std::string_view version, std::string_view option, const Word& value,
                   const SystemRules& system) {
  if (value && system.delay_by_seconds)
    refuse_for(system, option, *value, fmt::format("Linux {} and newer", version));
}

void refuse_unknown_settings(const SimulateWords& words, const SystemRules& system) {
  for (const auto& [option, value] : {std::pair{"--port-step", words.port_step},
                                      {"--tw-reuse", words.tw_reuse},
                                      {"--tw-reuse-delay", words.tw_reuse_delay},
                                      {"--max-tw-buckets", words.max_time_wait}})
    refuse_elsewhere(option, value, system);
  if (words.load.ports == "rotate") refuse_elsewhere("--ports", words.load.ports, system);
  refuse_before("7.1", "--port-step", words.port_step, system);
  refuse_before("6.14", "--tw-reuse-delay", words.tw_reuse_delay, system);
}

TimeWaitReuse to_reuse(const std::string& text) {
  switch (number_between("--tw-reuse", text, 0, 2)) {
    case 0:
      return TimeWaitReuse::Off;
    case 1:
      return TimeWaitReuse::On;
    default:
      return TimeWaitReuse::Loopback;
  }
}

void set_time_wait(SystemRules& system, const SimulateWords& words) {
  if (words.tw_reuse) system.reuse = to_reuse(*words.tw_reuse);
  if (words.tw_reuse_delay) {
    system.reuse_delay = duration("--tw-reuse-delay", *words.tw_reuse_delay);
    if (system.reuse_delay > std::chrono::minutes(1))
      refuse("--tw-reuse-delay", fmt::format("'{}' is longer than 60s", *words.tw_reuse_delay));
  }
  if (words.max_time_wait) {
    const auto entries = parse_count(*words.max_time_wait);
    if (!entries || *entries > most_entries)
      refuse("--max-tw-buckets", *words.max_time_wait, "a number up to 1G, such as 262144 or 20M");
    system.max_time_wait = *entries;
  }
  if (words.time_wait) {
    positive_duration("--time-wait", *words.time_wait);
    system.time_wait = within_a_year("--time-wait", *words.time_wait);
  }
}

SystemRules to_system(const SimulateWords& words) {
  SystemRules system = rules_named("--os", words.os.value_or(std::string(default_os)));
  refuse_unknown_settings(words, system);
  if (words.system_ports) system.ports = port_range("--system-port-range", *words.system_ports);
  // Only Linux can narrow the range for a run; on other systems this sets the system's range.
  if (words.load.port_range && system.os != "Linux")
    system.ports = port_range("--port-range", *words.load.port_range);
  if (words.port_step) {
    const auto width = number_between("--port-step", *words.port_step, 0, UINT32_MAX);
    system = with_port_steps(system, static_cast<std::uint32_t>(width));
  }
  set_time_wait(system, words);
  if (words.search_cost) system.search_cost = within_a_year("--search-cost", *words.search_cost);
  return system;
}

// The plan as for a real run, except for options with other defaults in a simulation.
Plan to_simulated_plan(const SimulateWords& words, const SystemRules& system) {
  LoadWords load = words.load;
  if (!load.threads) load.threads = "1";
  if (system.os != "Linux") load.port_range.reset();
  std::optional<double> rate_each;
  if (words.rate_each) {
    rate_each = parse_rate(*words.rate_each);
    if (!rate_each)
      refuse("--rate-per-connection", *words.rate_each,
             "a number of requests per second up to 1G, such as 100 or 0.5");
  }
  Plan plan = to_plan(load);
  if (load.duration) within_a_year("--duration", *load.duration);
  if (plan.profile.length() > std::chrono::years(1))
    refuse("--stages", fmt::format("'{}' is longer than a year", *load.stages));
  plan.urls.clear();
  if (rate_each && !plan.profile.stages.empty())
    refuse("--rate-per-connection",
           fmt::format("'{}' can't be used with a load that changes over time", *words.rate_each));
  if (rate_each) {
    plan.rate = *rate_each * plan.connections;
    check_rate("--rate-per-connection", *words.rate_each, plan);
  }
  if (plan.port_range &&
      (plan.port_range->low < system.ports.low || plan.port_range->high > system.ports.high))
    refuse("--port-range",
           fmt::format("'{}' is not within {}-{}, the system's range, which a run can only narrow",
                       *words.load.port_range, system.ports.low, system.ports.high));
  return plan;
}

// The commands that check the simulation on a real system; empty if it has settings that these
// commands can't reproduce.
std::string check_of(const SimulateWords& words, const Simulation& simulation) {
  const bool plain = !words.sources && !words.targets && !words.network && !words.system_ports &&
                     !words.load.port_range && !words.port_step && !words.time_wait &&
                     !words.round_trip && !words.again_after;
  if (!plain) return {};
  Plan plan = simulation.plan;
  plan.urls.clear();
  std::string server =
      simulation.sequential ? "tws-server --mode sequential" : "tws-server --mode spawn";
  if (words.delay) server += fmt::format(" --delay {}", for_shell(*words.delay));
  return fmt::format("{} & {}", server, fmt::join(command_line(plan), " "));
}

std::uint32_t addresses(std::string_view option, const Word& text) {
  return text ? static_cast<std::uint32_t>(number_between(option, *text, 1, most_addresses)) : 1;
}

void set_costs(Simulation& simulation, const SimulateWords& words) {
  if (words.connection_cost)
    simulation.costs.connection = within_a_year("--connection-cost", *words.connection_cost);
  if (words.request_cost)
    simulation.costs.request = within_a_year("--request-cost", *words.request_cost);
  if (words.delay) simulation.delay = within_a_year("--delay", *words.delay);
  if (words.round_trip) {
    simulation.round_trip = duration("--rtt", *words.round_trip);
    if (simulation.round_trip > std::chrono::minutes(1))
      refuse("--rtt", fmt::format("'{}' is longer than a minute", *words.round_trip));
  }
  if (simulation.costs == Costs{{}, {}} &&
      simulation.delay + simulation.round_trip == std::chrono::nanoseconds{} &&
      !simulation.plan.is_paced() && !simulation.plan.requests)
    refuse("--request-cost",
           fmt::format("'{}' would make the run endless, because nothing else takes time; set "
                       "--connection-cost, --delay, --rtt, a rate (-q) or a number (-n)",
                       *words.request_cost));
}

void check_ports(const Simulation& simulation) {
  if (ports_simulated(simulation) > most_ports_simulated)
    refuse(
        "--targets",
        fmt::format("{} sources and {} targets have {} ports; a simulation can have at most {}",
                    format_count(simulation.sources), format_count(simulation.targets),
                    format_count(ports_simulated(simulation)), format_count(most_ports_simulated)));
  if (simulation.plan.ports != PortChoice::rotate) return;
  const auto range = rotated_ports(simulation.plan, simulation.sources, simulation.system.ports);
  const auto pairs = simulation.sources * std::uint64_t{range.size()};
  if (pairs < 2 * std::uint64_t{simulation.plan.connections})
    refuse("--ports", fmt::format("'rotate' has {} ports and needs two for each of the {} "
                                  "connections",
                                  format_count(pairs), format_count(simulation.plan.connections)));
}

}  // namespace

SimulateCommand to_simulate(const SimulateWords& words) {
  SimulateCommand command;
  Simulation& simulation = command.simulation;
  simulation.system = to_system(words);
  simulation.plan = to_simulated_plan(words, simulation.system);
  if (words.mode) {
    if (words.mode != "sequential" && words.mode != "spawn")
      refuse("--mode", *words.mode, "one of sequential, spawn");
    simulation.sequential = words.mode == "sequential";
  }
  simulation.sources = addresses("--sources", words.sources);
  simulation.targets = addresses("--targets", words.targets);
  simulation.on_loopback = !words.network;
  set_costs(simulation, words);
  if (words.seed) simulation.seed = number_between("--seed", *words.seed, 0, UINT64_MAX);
  simulation.plan.seed = simulation.seed;
  if (words.repeat) command.repeat = number_between("--repeat", *words.repeat, 1, most_runs);
  if (words.again_after)
    simulation.again_after = within_a_year("--again-after", *words.again_after);
  check_ports(simulation);
  command.check = check_of(words, simulation);
  return command;
}

}  // namespace tws
