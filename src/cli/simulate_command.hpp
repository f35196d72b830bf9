// `hammer simulate`: a run under the rules of any system.
#pragma once

#include "cli/subcommand.hpp"
#include "tws/model/simulation.hpp"

#include <cstdint>
#include <string>

namespace tws {

struct SimulateCommand {
  static constexpr bool reports_runs = true;

  Simulation simulation;
  std::uint64_t repeat = 1;  // with consecutive seeds
  std::string check;         // commands for a real system; empty if there is no simple way

  static Subcommand<SimulateCommand> declare(CLI::App& hammer);
  int run(const Invocation& invocation) const;
};

}  // namespace tws
