// Runs CLI11 the way that both programs want it.
#pragma once

#include "cli/help_format.hpp"
#include "tws/support/errors.hpp"

#include <CLI/CLI.hpp>

#include <memory>
#include <ostream>

namespace tws {

// To be called before options and subcommands are added, which inherit it.
inline void set_up(CLI::App& app) {
  app.formatter(std::make_shared<HelpFormat>());
  app.option_defaults()->take_last();  // so that a script's options can be overridden behind them
}

// False if --help or --version was asked for; their text went to `out`. CLI11's own exit codes are
// not used: what it refuses is a UsageError like any other.
inline bool parse(CLI::App& app, int argc, const char* const* argv, std::ostream& out) {
  try {
    app.parse(argc, argv);
    return true;
  } catch (const CLI::CallForHelp&) {
    out << app.help();
  } catch (const CLI::CallForVersion& version) {
    out << version.what() << '\n';
  } catch (const CLI::ParseError& error) {
    throw UsageError(error.what());
  }
  return false;
}

}  // namespace tws
