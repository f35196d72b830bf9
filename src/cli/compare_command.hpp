// `hammer compare BASE.json... -- NEW.json...`: whether saved runs differ.
#pragma once

#include "cli/compare_options.hpp"
#include "cli/subcommand.hpp"

#include <string>
#include <vector>

namespace tws {

struct CompareCommand {
  std::vector<std::string> before, after;  // files
  CompareOptions options;

  static Subcommand<CompareCommand> declare(CLI::App& hammer);
  int run(const Invocation& invocation) const;
};

}  // namespace tws
