// `hammer limits`: this machine's limits.
#pragma once

#include "cli/subcommand.hpp"

namespace tws {

struct LimitsCommand {
  static Subcommand<LimitsCommand> declare(CLI::App& hammer);
  int run(const Invocation& invocation) const;
};

}  // namespace tws
