// The options of `hammer simulate` after parsing.
#pragma once

#include "cli/load_options.hpp"
#include "cli/simulate_command.hpp"
#include "cli/values.hpp"

namespace tws {

struct SimulateWords {
  LoadWords load;
  Word os, rate_each, mode, sources, targets;
  bool network = false;
  Word system_ports, port_step, tw_reuse, tw_reuse_delay, max_time_wait, time_wait, search_cost;
  Word connection_cost, request_cost, delay, round_trip;
  Word seed, repeat, again_after;
};

// The default of --os.
inline constexpr std::string_view default_os = "linux";

// Options that are not given keep the defaults of Simulation{} and of the system's rules. Throws
// UsageError.
SimulateCommand to_simulate(const SimulateWords& words);

}  // namespace tws
