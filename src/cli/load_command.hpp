// `hammer URL`: loads a server and reports.
#pragma once

#include "cli/subcommand.hpp"
#include "tws/measure/plan.hpp"
#include "tws/support/asio.hpp"

#include <optional>

namespace tws {

struct LoadCommand {
  static constexpr bool reports_runs = true;
  Plan plan;
  bool progress = true;
  bool strict = false;                     // exit code 3 if the run did not measure the server
  bool prove = false;                      // make the trials that settle its verdict
  std::optional<tcp::endpoint> metrics{};  // serve the run's numbers there

  static Subcommand<LoadCommand> declare(CLI::App& hammer);
  int run(const Invocation& invocation) const;
};

}  // namespace tws
