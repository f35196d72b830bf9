// The options of a load: what is asked of which targets.
#pragma once

#include "cli/values.hpp"
#include "tws/measure/plan.hpp"

#include <CLI/CLI.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace tws {

struct LoadWords {
  std::vector<std::string> urls;
  Word duration, requests, rate, connections, threads;
  Word method, body, body_file;
  std::vector<std::string> headers;
  Word timeout, connect_timeout;
  bool disable_keepalive = false;
  Word requests_per_connection, close_by;
  Word ports, port_range;
  std::vector<std::string> sources;
  Word server_admin;
  bool no_census = false;
};

// How much, how fast, over which connections, whoever answers.
void add_shape_options(CLI::App& app, LoadWords& words);
// These, and what is asked of whom.
void add_load_options(CLI::App& app, LoadWords& words);

// Refuses a rate, typed as `text`, that makes no request before the plan's duration is over.
void check_rate(std::string_view option, std::string_view text, const Plan& plan);

// What is not given stays as a Plan{} has it, but for duration, method, threads and URL, whose
// defaults depend on other options or on the machine. Throws UsageError.
Plan to_plan(const LoadWords& words);

}  // namespace tws
