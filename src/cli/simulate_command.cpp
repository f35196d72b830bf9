#include "cli/simulate_command.hpp"

#include "cli/load_options.hpp"
#include "cli/os_option.hpp"
#include "cli/simulate_options.hpp"
#include "cli/values.hpp"
#include "report/command_line.hpp"
#include "report/simulation_text.hpp"
#include "support/units.hpp"
#include "tws/diagnose/diagnose.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>
#include <string>

namespace tws {
namespace {

// "16us"
std::string microseconds(std::chrono::nanoseconds time) {
  return fmt::format("{}us", to_seconds(time) * 1e6);
}

void add_run_options(CLI::App& app, SimulateWords& words) {
  app.add_option("--os", words.os, fmt::format("System to simulate [{}]", default_os))
      ->type_name("OS");
  add_shape_options(app, words.load);
  app.get_option("--threads")->description("Threads of the client [1]");
  app.get_option("--port-range")
      ->description(
          "Linux: use only this part of the system's source ports, in this run. macOS and "
          "FreeBSD can't do that; for them it is the same as --system-port-range");
  auto* all = app.get_option("--rate");
  app.add_option("--rate-per-connection", words.rate_each,
                 "Requests per second of each connection; -q is for all of them together")
      ->type_name("R")
      ->excludes(all);
  app.add_option("--mode", words.mode, "The server's --mode, see tws-server --help [spawn]")
      ->type_name("sequential|spawn");
  const Simulation simulation;
  app.add_option("--sources", words.sources,
                 fmt::format("Number of source addresses, used in turn [{}]", simulation.sources))
      ->type_name("N");
  app.add_option("--targets", words.targets,
                 fmt::format("Number of targets, loaded in turn, each with a CPU of its own [{}]",
                             simulation.targets))
      ->type_name("N");
  app.add_flag("--network", words.network,
               "The targets are other machines, not 127.0.0.1. Then --tw-reuse 2 has no effect: it "
               "is for loopback only");
}

void add_system_options(CLI::App& app, SimulateWords& words) {
  const SystemRules& linux_rules = *find_system(default_os);
  app.add_option("--system-port-range", words.system_ports,
                 "net.ipv4.ip_local_port_range, or net.inet.ip.portrange.first and last")
      ->type_name("LOW-HIGH");
  app.add_option("--port-step", words.port_step,
                 "net.ipv4.ip_local_port_step_width (Linux 7.1): longest random step of the "
                 "search for a port [0: none]")
      ->type_name("N");
  app.add_option("--tw-reuse", words.tw_reuse, "net.ipv4.tcp_tw_reuse [2]")->type_name("0|1|2");
  app.add_option("--tw-reuse-delay", words.tw_reuse_delay,
                 fmt::format("net.ipv4.tcp_tw_reuse_delay; a number alone is in seconds [{}]",
                             typed(linux_rules.reuse_delay)))
      ->type_name("TIME");
  app.add_option("--max-tw-buckets", words.max_time_wait,
                 fmt::format("net.ipv4.tcp_max_tw_buckets [{} on Linux, else no limit]",
                             linux_rules.max_time_wait))
      ->type_name("N");
  app.add_option("--time-wait", words.time_wait,
                 fmt::format("Length of TIME_WAIT [the system's: {}; macOS {}, which is 2 x "
                             "net.inet.tcp.msl]",
                             typed(linux_rules.time_wait), typed(rules_of_os("Darwin").time_wait)))
      ->type_name("TIME");
  app.add_option("--search-cost", words.search_cost,
                 fmt::format("CPU time for each port that connect() checks [{}ns on Linux, "
                             "else 0]",
                             linux_rules.search_cost.count()))
      ->type_name("TIME");
}

void add_cost_options(CLI::App& app, SimulateWords& words) {
  const Simulation simulation;
  app.add_option("--connection-cost", words.connection_cost,
                 fmt::format("CPU time of each end to open and close a connection [{}]",
                             microseconds(simulation.costs.connection)))
      ->type_name("TIME");
  app.add_option("--request-cost", words.request_cost,
                 fmt::format("CPU time of each end for a request [{}]",
                             microseconds(simulation.costs.request)))
      ->type_name("TIME");
  app.add_option("--delay", words.delay,
                 fmt::format("Time that the server waits before each response [{}]",
                             simulation.delay.count()))
      ->type_name("TIME");
  app.add_option("--rtt", words.round_trip,
                 fmt::format("Round-trip time [{}]", simulation.round_trip.count()))
      ->type_name("TIME");
  app.add_option("--seed", words.seed, fmt::format("Random seed [{}]", simulation.seed))
      ->type_name("N");
  app.add_option("--repeat", words.repeat,
                 "Simulate N runs with consecutive seeds, from --seed on. Instead of a report, "
                 "print mean and standard deviation")
      ->type_name("N");
  app.add_option("--again-after", words.again_after,
                 "Report a second run, which begins TIME after the first one has ended")
      ->type_name("TIME");
}

}  // namespace

Subcommand<SimulateCommand> SimulateCommand::declare(CLI::App& hammer) {
  const auto words = std::make_shared<SimulateWords>();
  auto* app = hammer.add_subcommand(
      "simulate", "Predicts a run on another system: macOS, Linux, FreeBSD; needs no server");
  add_run_options(*app, *words);
  add_system_options(*app, *words);
  add_cost_options(*app, *words);
  app->footer(os_list() +
              "No server is loaded and no socket is opened: hammer applies the system's rules "
              "event by event. docs/simulation.md describes these rules, their sources, and "
              "comparisons with real kernels.\n"
              "Exit codes:\n"
              "  0  done\n"
              "  1  output was lost\n"
              "  2  usage");
  return {app, [words] { return to_simulate(*words); }};
}

int SimulateCommand::run(const Invocation& invocation) const {
  if (repeat > 1 && !invocation.output.out.empty())
    refuse(invocation.output.out.front().option,
           fmt::format("writes one run, and --repeat {} makes many; --json has their numbers",
                       repeat));
  Output output(invocation.output);
  note_without_effect(simulation.plan);
  Simulated words{std::string(simulation.system.covers), invocation.typed,
                  std::string(simulation.system.unchecked), check};
  if (simulation.again_after)
    words.system += fmt::format(", in a second run {} after the first",
                                format_duration(to_seconds(*simulation.again_after)));
  if (repeat > 1) {
    Repeats all;
    Simulation next = simulation;
    for (std::uint64_t i = 0; i < repeat; ++i, ++next.seed) {
      next.plan.seed = next.seed;
      const Run run = simulate(next);
      all.add(run, diagnose(run));
    }
    output.write([&] { return all.text(words, output.style()); }, [&] { return all.json(words); });
    return 0;
  }
  Run run = simulate(simulation);
  run.environment.version = TWS_VERSION;
  run.simulated = words;
  output.report({reported(run_name(invocation.output, run), run)});
  return 0;
}

}  // namespace tws
