#pragma once

#include "load_options.hpp"
#include "tws/cli/simulate_options.hpp"

#include <CLI/CLI.hpp>

#include <string>

namespace tws {

// As they were typed; empty: not at all.
struct SimulateWords {
  LoadWords load;
  std::string system = "linux";
  std::string rate_each;
  std::string mode = "spawn";
  std::string sources, targets;
  bool network = false;
  std::string system_ports, port_step, tw_reuse, tw_reuse_delay, max_time_wait, time_wait,
      search_cost;
  std::string connection_cost, request_cost, delay, round_trip;
  std::string seed = "1", repeat = "1";
  std::string again_after;
};

void add_simulate_options(CLI::App& app, SimulateWords& words);

// Throws UsageError. `argv` is the command line that the words are from.
SimulateOptions to_simulate(const SimulateWords& words, int argc, const char* const* argv);

}  // namespace tws
