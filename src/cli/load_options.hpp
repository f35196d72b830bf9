// The options of a load: requests, connections and targets.
#pragma once

#include "cli/asked_options.hpp"
#include "cli/reach_options.hpp"
#include "cli/tls_options.hpp"
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
  AskedWords asked;
  Word stages, jitter, warm_up;
  Word timeout, connect_timeout;
  bool disable_keepalive = false;
  Word requests_per_connection, close_by;
  Word ports, port_range;
  std::vector<std::string> sources;
  Word server_admin;
  Word ok;
  std::vector<std::string> thresholds;
  TlsOptionWords tls;
  ReachWords reach;
  bool no_census = false, strict_http = false;
};

// Options that real and simulated runs share: number, rate and connections.
void add_shape_options(CLI::App& app, LoadWords& words);
// The same, plus targets and requests, and not --threshold.
void add_load_options(CLI::App& app, LoadWords& words);

// Refuses a rate, typed as `text`, at which no request is due within the plan's duration.
void check_rate(std::string_view option, std::string_view text, const Plan& plan);

// Says on stderr which option of the plan has no effect with the others.
void note_without_effect(const Plan& plan);

// Options that are not given keep the defaults of Plan{}, except duration, method, threads and URL,
// whose defaults depend on other options or on the machine. Throws UsageError.
Plan to_plan(const LoadWords& words);

}  // namespace tws
