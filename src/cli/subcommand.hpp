// The interface of hammer's subcommands. Each is a type in a file of its own: a value that holds
// its options, with
//   static Subcommand<T> declare(CLI::App& hammer);  adds the options to the command line
//   int run(const Invocation& invocation) const;     does it, returns the exit code
//   static constexpr bool reports_runs = true;       if it has the options --out and --name
#pragma once

#include "cli/output.hpp"

#include <functional>
#include <string>

namespace CLI {
class App;
}

namespace tws {

// Exit codes besides 0, 1, 2 and 128 + a signal's number.
inline constexpr int exit_unknown = 3;  // nothing was measured that answers what was asked
inline constexpr int exit_failed = 99;  // a threshold failed, or something got worse

// The options that all subcommands share, and the whole command line.
struct Invocation {
  OutputOptions output;
  std::string typed;  // "hammer lab --list", quoted for a shell
};

template <typename T>
struct Subcommand {
  CLI::App* app = nullptr;
  std::function<T()> read;    // to be called after parsing; throws UsageError
  bool reports_runs = false;  // so that --out and --name have a meaning
};

}  // namespace tws
