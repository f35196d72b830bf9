// The options that limit the clients of tws-server.
#pragma once

#include "cli/values.hpp"
#include "tws/server/options.hpp"

#include <CLI/CLI.hpp>

namespace tws {

struct LimitWords {
  Word target, head, fields, body, chunk_overhead;
  Word head_time, body_time, idle_time, write_time;
  Word requests, connections;
};

void add_limits(CLI::App& app, LimitWords& words);

// Options that are not given keep the defaults of ServerLimits{}. `threads` share the connections.
ServerLimits to_limits(const LimitWords& words, unsigned threads);

}  // namespace tws
