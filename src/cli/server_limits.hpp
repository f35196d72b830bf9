// The options that limit what one client of tws-server may take.
#pragma once

#include "tws/server/options.hpp"

#include <CLI/CLI.hpp>

#include <string>

namespace tws {

// As they were typed.
struct LimitWords {
  std::string target = "8k", head = "16k", fields = "100", body = "1M", chunk_overhead = "16k";
  std::string head_time = "10s", body_time = "30s", idle_time = "75s", write_time = "30s";
  std::string requests = "0", connections = "0";
};

void add_limits(CLI::App& app, LimitWords& words);

// `threads`: that share the connections.
ServerLimits to_limits(const LimitWords& words, unsigned threads);

}  // namespace tws
