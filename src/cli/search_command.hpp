// `hammer search --slo LIMIT URL`: the highest rate at which the limits hold.
#pragma once

#include "cli/subcommand.hpp"
#include "judge/search.hpp"
#include "tws/measure/plan.hpp"

#include <chrono>

namespace tws {

struct SearchCommand {
  Plan load;  // without a rate; its thresholds are the limits
  SearchPlan search;
  std::chrono::nanoseconds longest = std::chrono::minutes(5);  // of the whole search
  bool keeps_connections = false;  // their number was asked for; else it grows with the rate
  bool progress = true;

  static Subcommand<SearchCommand> declare(CLI::App& hammer);
  int run(const Invocation& invocation) const;
};

// The plan of a trial: as many requests as are due in its time, and time for the last of them.
// `service_time`: of an answer at a lower rate, in seconds, where one is known.
Plan trial_plan(const SearchCommand& command, const SearchStep& step, double service_time);

}  // namespace tws
