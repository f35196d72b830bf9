#include "cli/admin_pages.hpp"
#include "cli/files.hpp"
#include "cli/program.hpp"
#include "cli/server_options.hpp"
#include "cli/server_tls.hpp"
#include "report/server_lines.hpp"
#include "report/terminal.hpp"
#include "server/stop_signals.hpp"
#include "system/open_files.hpp"
#include "tws/server/server.hpp"

#include <iostream>
#include <sstream>
#include <unistd.h>

int main(int argc, char** argv) {
  return tws::run_program("tws-server", [&] {
    std::ostringstream help;
    const auto options = tws::parse_server_options(
        argc, argv, help, tws::style_of(STDOUT_FILENO, tws::ColourOption::never).width);
    if (!options) {
      tws::print(help.str());
      return 0;
    }
    tws::raise_open_file_limit();
    tws::Server server(*options);
    const tws::StopSignals signals([&server] { server.stop(); },
                                   tws::renewal(server, options->tls));
    const tws::CertificateFile certificate(options->tls);
    tws::print(
        tws::listening_line(server.addresses(), server.admin_address(), *options, ::getpid()) +
        "\n" + certificate.line());
    const auto say = [](int error, auto count) {
      std::cerr << tws::accept_error_line(error, count);
    };
    tws::print(tws::totals_line(server.run(tws::admin_pages(server), say)) + "\n");
    return 0;
  });
}
