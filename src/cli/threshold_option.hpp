// --threshold, of runs and of saved runs.
#pragma once

#include "cli/subcommand.hpp"
#include "tws/judge/judge.hpp"

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace tws {

inline void add_threshold_option(CLI::App& app, std::vector<std::string>& words,
                                 const std::string& instead = {}) {
  app.add_option("--threshold", words,
                 "A limit, such as 'p99 < 250ms', 'rate > 1000/s', 'errors < 1% over 10s' (in each "
                 "10 s) or 'errors < 5% over 10s abort after 30s'; may be repeated" +
                     instead +
                     "\n"
                     "pN, min, mean, max, stddev: of latency, also as first-byte.pN, connect.pN\n"
                     "rate: successes per second; achieved: share of --rate\n"
                     "errors, successes, attempts, status.5xx, status.404: share, number or N/s")
      ->type_name("LIMIT")
      ->allow_extra_args(false)
      ->take_all();
}

// What a program with these outcomes ends with: 99 if one failed, 3 if one is unknown.
inline int exit_code_of(const std::vector<Outcome>& outcomes) {
  const Result result = overall(outcomes);
  return result == Result::fail ? exit_failed : result == Result::unknown ? exit_unknown : 0;
}

}  // namespace tws
