#include "cli/admin_pages.hpp"
#include "cli/files.hpp"
#include "cli/server_options.hpp"
#include "report/server_lines.hpp"
#include "server/stop_signals.hpp"
#include "system/open_files.hpp"
#include "tws/server/server.hpp"
#include "tws/support/errors.hpp"

#include <csignal>
#include <exception>
#include <iostream>
#include <sstream>
#include <unistd.h>

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  tws::hold_standard_streams();
  try {
    std::ostringstream help;
    const auto options = tws::parse_server_options(argc, argv, help);
    if (!options) {
      tws::print(help.str());
      return 0;
    }
    tws::raise_open_file_limit();
    tws::Server server(*options);
    const tws::StopSignals signals([&server] { server.stop(); });
    tws::print(
        tws::listening_line(server.addresses(), server.admin_address(), *options, ::getpid()) +
        "\n");
    const auto say = [](int error, auto count) {
      std::cerr << tws::accept_error_line(error, count);
    };
    tws::print(tws::totals_line(server.run(tws::admin_pages(server), say)) + "\n");
    return 0;
  } catch (const tws::UsageError& error) {
    std::cerr << "tws-server: " << tws::one_line(error.what()) << "\nTry 'tws-server --help'\n";
    return 2;
  } catch (const std::exception& error) {
    std::cerr << "tws-server: " << tws::one_line(error.what()) << '\n';
    return 1;
  }
}
