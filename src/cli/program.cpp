#include "cli/program.hpp"

#include "cli/files.hpp"
#include "tws/support/errors.hpp"

#include <csignal>
#include <exception>
#include <iostream>

namespace tws {

int run_program(std::string_view name, const std::function<int()>& work,
                const std::function<std::string()>& whose_help) {
  std::signal(SIGPIPE, SIG_IGN);  // a reader that has gone is an error of write() like any other
  hold_standard_streams();
  try {
    return work();
  } catch (const UsageError& error) {
    std::cerr << name << ": " << one_line(error.what()) << "\nTry '"
              << (whose_help ? whose_help() : std::string(name)) << " --help'\n";
    return 2;
  } catch (const std::exception& error) {
    std::cerr << name << ": " << one_line(error.what()) << '\n';
    return 1;
  }
}

}  // namespace tws
