// hammer's command line.
#pragma once

#include "tws/cli/budget_options.hpp"
#include "tws/cli/simulate_options.hpp"
#include "tws/lab/scenario.hpp"
#include "tws/measure/plan.hpp"
#include "tws/report/terminal.hpp"

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace tws {

struct CensusOptions {
  std::optional<std::uint16_t> port;              // nothing: all TCP sockets
  std::optional<std::chrono::nanoseconds> watch;  // again and again, this often
};

struct LabOptions {
  bool list = false;
  std::vector<const lab::Scenario*> scenarios;       // in the order in which they were named
  std::optional<std::chrono::nanoseconds> duration;  // of each; nothing: the scenario's own
};

struct HammerOptions {
  std::optional<CensusOptions> census;      // `hammer census`
  std::optional<std::string> explain;       // `hammer explain`: a saved run's path
  bool limits = false;                      // `hammer limits`
  std::optional<LabOptions> lab;            // `hammer lab`
  std::optional<BudgetOptions> budget;      // `hammer budget`
  std::optional<SimulateOptions> simulate;  // `hammer simulate`; none of these: load
  Plan plan;
  std::string json;  // a file's path, "-" for stdout, empty for none
  ColourOption colour = ColourOption::automatic;
  bool progress = true;
  bool strict = false;  // exit code 3 where the run did not measure the server
};

// Nothing where --help or --version was asked for; their text went to `out`. Throws UsageError with
// one line that names the option, the value and what the option takes.
std::optional<HammerOptions> parse_hammer_options(int argc, const char* const* argv,
                                                  std::ostream& out);

}  // namespace tws
