// `hammer explain`: what limited a saved run.
#pragma once

#include "cli/subcommand.hpp"

#include <string>

namespace tws {

struct ExplainCommand {
  std::string path;  // of the run's JSON

  static Subcommand<ExplainCommand> declare(CLI::App& hammer);
  int run(const Invocation& invocation) const;
};

}  // namespace tws
