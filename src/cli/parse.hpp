// CLI11 with the settings of both programs.
#pragma once

#include "cli/help_format.hpp"
#include "tws/support/errors.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace tws {

// To be called before options and subcommands are added, because they inherit these settings.
inline void set_up(CLI::App& app, int width) {
  app.formatter(std::make_shared<HelpFormat>(width));
  app.option_defaults()
      ->take_last();  // so that options appended to a script's command line override it
}

// False if --help or --version was asked for; their text went to `out`. CLI11's own exit codes are
// not used: its errors become UsageErrors.
inline bool parse(CLI::App& app, std::vector<std::string> words, std::ostream& out) {
  std::reverse(words.begin(), words.end());  // as CLI11 wants it
  try {
    app.parse(std::move(words));
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
