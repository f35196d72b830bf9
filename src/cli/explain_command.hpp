// `hammer explain`: what limited a saved run.
#pragma once

#include "cli/subcommand.hpp"

#include <string>
#include <vector>

namespace tws {

struct ExplainCommand {
  static constexpr bool reports_runs = true;
  std::string path;  // of the run's JSON
  std::vector<std::string> thresholds;

  static Subcommand<ExplainCommand> declare(CLI::App& hammer);
  int run(const Invocation& invocation) const;
};

}  // namespace tws
