// `hammer budget`: calculates how long source ports last, on any system.
#pragma once

#include "cli/subcommand.hpp"
#include "tws/model/budget.hpp"

#include <optional>

namespace tws {

struct BudgetCommand {
  Demand demand;
  std::optional<double> search_cost;  // seconds for each port that the kernel checks

  static Subcommand<BudgetCommand> declare(CLI::App& hammer);
  int run(const Invocation& invocation) const;
};

}  // namespace tws
