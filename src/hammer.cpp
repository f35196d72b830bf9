#include "cli/files.hpp"
#include "cli/hammer_options.hpp"
#include "cli/program.hpp"
#include "report/terminal.hpp"

#include <sstream>
#include <unistd.h>
#include <variant>

int main(int argc, char** argv) {
  const auto work = [&] {
    std::ostringstream help;
    const auto options = tws::parse_hammer_options(
        argc, argv, help, tws::style_of(STDOUT_FILENO, tws::ColourOption::never).width);
    if (!options) {
      tws::print(help.str());
      return 0;
    }
    for (const auto& note : options->notes) tws::print_note(note);
    return std::visit([&](const auto& command) { return command.run(options->invocation); },
                      options->command);
  };
  return tws::run_program("hammer", work, [&] { return tws::program_typed(argc, argv); });
}
