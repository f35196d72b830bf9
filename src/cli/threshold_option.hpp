// --threshold, of runs and of saved runs.
#pragma once

#include "cli/files.hpp"
#include "cli/subcommand.hpp"
#include "judge/metric.hpp"
#include "tws/judge/judge.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <string>
#include <vector>

namespace tws {

inline void add_threshold_option(CLI::App& app, std::vector<std::string>& words,
                                 const std::string& instead = {}) {
  app.add_option("--threshold", words,
                 "A limit, such as 'p99 < 250ms', 'rate > 1000/s', 'errors < 1% over 10s' (in each "
                 "10 s) or 'errors < 5% over 10s abort after 30s'; may be repeated" +
                     instead + "\n" + metrics_help())
      ->type_name("LIMIT")
      ->allow_extra_args(false)
      ->take_all();
}

// What a program with these outcomes ends with: 99 if one failed, 3 if one is unknown.
inline int exit_code_of(const std::vector<Outcome>& outcomes) {
  const Result result = overall(outcomes);
  return result == Result::fail ? exit_failed : result == Result::unknown ? exit_unknown : 0;
}

// One line on stderr for each threshold that did not pass, for who sees no report.
inline void note_why(const std::vector<Outcome>& outcomes) {
  for (const Outcome& one : outcomes)
    if (one.result != Result::pass)
      print_note(fmt::format("threshold '{}': {}{}{}", one.threshold.text, name(one.result),
                             one.why.empty() ? "" : ": ", one.why));
}

}  // namespace tws
