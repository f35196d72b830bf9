// `hammer report FILE...`: saved runs in any format.
#pragma once

#include "cli/subcommand.hpp"

#include <string>
#include <vector>

namespace tws {

struct ReportCommand {
  static constexpr bool reports_runs = true;
  std::vector<std::string> paths;  // of the runs' JSON
  std::vector<std::string> thresholds;

  static Subcommand<ReportCommand> declare(CLI::App& hammer);
  int run(const Invocation& invocation) const;
};

}  // namespace tws
