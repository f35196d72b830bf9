// `hammer URL`: loads a server and reports.
#pragma once

#include "cli/subcommand.hpp"
#include "tws/measure/plan.hpp"

namespace tws {

struct LoadCommand {
  Plan plan;
  bool progress = true;
  bool strict = false;  // exit code 3 if the run did not measure the server
  bool prove = false;   // make the trials that settle its verdict
  bool no_url = false;  // none was given: the plan has the default

  static Subcommand<LoadCommand> declare(CLI::App& hammer);
  int run(const Invocation& invocation) const;
};

}  // namespace tws
