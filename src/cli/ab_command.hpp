// `hammer ab URL_A URL_B`: two servers in one job, in alternating rounds.
#pragma once

#include "cli/compare_options.hpp"
#include "cli/subcommand.hpp"
#include "tws/measure/plan.hpp"

#include <string>
#include <vector>

namespace tws {

struct AbCommand {
  Plan a, b;
  std::uint64_t rounds = 10;
  CompareOptions options;
  bool progress = true;

  static Subcommand<AbCommand> declare(CLI::App& hammer);
  int run(const Invocation& invocation) const;
};

}  // namespace tws
