#include "cli/files.hpp"
#include "cli/hammer_options.hpp"
#include "tws/support/errors.hpp"

#include <csignal>
#include <exception>
#include <iostream>
#include <sstream>
#include <variant>

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
    return std::visit([&](const auto& command) { return command.run(options->invocation); },
                      options->command);
  } catch (const tws::UsageError& error) {
    std::cerr << "hammer: " << tws::one_line(error.what()) << "\nTry 'hammer --help'\n";
    return 2;
  } catch (const std::exception& error) {
    std::cerr << "hammer: " << tws::one_line(error.what()) << '\n';
    return 1;
  }
}
