#include "tws/cli/files.hpp"
#include "tws/cli/hammer_commands.hpp"
#include "tws/cli/hammer_options.hpp"
#include "tws/support/errors.hpp"

#include <csignal>
#include <exception>
#include <iostream>
#include <sstream>

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a reader that has gone is an error of write() like any other
  tws::hold_standard_streams();
  try {
    std::ostringstream help;
    const auto options = tws::parse_hammer_options(argc, argv, help);
    if (!options) {
      tws::print(help.str());
      return 0;
    }
    if (options->census) return tws::run_census_command(*options);
    if (options->explain) return tws::run_explain_command(*options);
    if (options->limits) return tws::run_limits_command(*options);
    if (options->budget) return tws::run_budget_command(*options);
    if (options->lab) return tws::run_lab_command(*options);
    if (options->simulate) return tws::run_simulate_command(*options);
    return tws::run_load_command(*options);
  } catch (const tws::UsageError& error) {
    std::cerr << "hammer: " << tws::one_line(error.what()) << "\nTry 'hammer --help'\n";
    return 2;
  } catch (const std::exception& error) {
    std::cerr << "hammer: " << tws::one_line(error.what()) << '\n';
    return 1;
  }
}
