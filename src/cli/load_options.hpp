// The options of a load: what is asked of which targets.
#pragma once

#include "tws/measure/plan.hpp"

#include <CLI/CLI.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tws {

// As they were typed.
struct LoadWords {
  std::vector<std::string> urls;
  std::string duration, requests, rate;
  std::string connections = "50";
  std::string threads;
  std::string method;
  std::vector<std::string> headers;
  std::optional<std::string> body, body_file;
  std::string timeout = "30s", connect_timeout = "5s";
  bool disable_keepalive = false;
  std::string requests_per_connection;
  std::string close_by = "server";
  std::string ports = "kernel";
  std::vector<std::string> sources;
  std::string port_range;
  std::optional<std::string> server_admin;
  bool no_census = false;
};

// How much, how fast, over which connections, whoever answers.
void add_shape_options(CLI::App& app, LoadWords& words);
// These, and what is asked of whom.
void add_load_options(CLI::App& app, LoadWords& words);

// That the plan's rate, typed as `text`, makes a request before its duration is over. Throws
// UsageError.
void check_rate(std::string_view option, std::string_view text, const Plan& plan);

// Throws UsageError.
Plan to_plan(const LoadWords& words);

}  // namespace tws
