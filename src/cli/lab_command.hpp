// `hammer lab`: experiments on this machine's kernel.
#pragma once

#include "cli/subcommand.hpp"
#include "lab/scenario.hpp"

#include <chrono>
#include <optional>
#include <vector>

namespace tws {

struct LabCommand {
  bool list = false;
  std::vector<const lab::Scenario*> scenarios;       // in the order of the command line
  std::optional<std::chrono::nanoseconds> duration;  // of each; nothing: the default
  bool progress = true;

  static Subcommand<LabCommand> declare(CLI::App& hammer);
  int run(const Invocation& invocation) const;
};

}  // namespace tws
