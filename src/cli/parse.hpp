// Runs CLI11 the way that both programs want it.
#pragma once

#include "tws/support/errors.hpp"

#include <CLI/CLI.hpp>

#include <ostream>

namespace tws {

// False where --help or --version was asked for; their text went to `out`. CLI11's own exit codes
// are not used: what it refuses is a UsageError like any other.
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
