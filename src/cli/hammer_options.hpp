// hammer's command line.
#pragma once

#include "cli/ab_command.hpp"
#include "cli/budget_command.hpp"
#include "cli/census_command.hpp"
#include "cli/compare_command.hpp"
#include "cli/explain_command.hpp"
#include "cli/lab_command.hpp"
#include "cli/limits_command.hpp"
#include "cli/load_command.hpp"
#include "cli/prove_command.hpp"
#include "cli/report_command.hpp"
#include "cli/search_command.hpp"
#include "cli/simulate_command.hpp"
#include "cli/subcommand.hpp"

#include <iosfwd>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tws {

// The first one is the default without a subcommand. --help lists the others in this order.
using Command = std::variant<LoadCommand, CensusCommand, ExplainCommand, ReportCommand,
                             ProveCommand, LimitsCommand, BudgetCommand, LabCommand,
                             SimulateCommand, CompareCommand, AbCommand, SearchCommand>;

struct HammerOptions {
  Command command;
  Invocation invocation;
  std::vector<std::string> notes;  // for stderr
};

// Nothing if --help or --version was asked for; their text went to `out`. Throws UsageError with
// one line that names the option, the value and what the option takes. `width`: columns for --help.
std::optional<HammerOptions> parse_hammer_options(int argc, const char* const* argv,
                                                  std::ostream& out, int width = 80);

// "hammer ab", or "hammer" without a subcommand: whose --help tells more.
std::string program_typed(int argc, const char* const* argv);

}  // namespace tws
