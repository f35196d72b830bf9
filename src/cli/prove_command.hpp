// `hammer prove FILE`: the trials of a saved run, made now.
#pragma once

#include "cli/subcommand.hpp"

#include <string>

namespace tws {

struct ProveCommand {
  static constexpr bool reports_runs = true;
  std::string path;

  static Subcommand<ProveCommand> declare(CLI::App& hammer);
  int run(const Invocation& invocation) const;
};

}  // namespace tws
