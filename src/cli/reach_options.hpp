// The options of how a server is reached: a proxy, a Unix socket, the version of HTTP, redirects.
#pragma once

#include "cli/values.hpp"
#include "tws/measure/plan.hpp"

#include <CLI/CLI.hpp>

namespace tws {

struct ReachWords {
  Word proxy, unix_socket, http_version, redirects;
};

void add_reach_options(CLI::App& app, ReachWords& words);

// Throws UsageError.
void set_reach(Plan& plan, const ReachWords& words);

}  // namespace tws
