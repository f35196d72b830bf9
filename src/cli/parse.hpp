// CLI11 with the settings of both programs.
#pragma once

#include <CLI/CLI.hpp>

#include <iosfwd>
#include <string>
#include <vector>

namespace tws {

// To be called before options and subcommands are added, because they inherit these settings.
void set_up(CLI::App& app, int width);

// False if --help or --version was asked for; their text went to `out`. CLI11's own exit codes and
// sentences are not used: its errors become UsageErrors.
bool parse(CLI::App& app, std::vector<std::string> words, std::ostream& out);

}  // namespace tws
