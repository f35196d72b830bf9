// The command line before CLI11 reads it: what people type out of habit in hammer's words, and for
// a word that nobody knows the nearest one.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace tws {

struct Understood {
  std::vector<std::string> words;  // for CLI11, in order
  std::vector<std::string> notes;  // what means something else in the tool whose line this is
};

// Habits count for hammer's own options only, not for those of its subcommands or of another
// program. Throws UsageError with one line that says what to type instead.
Understood understood(const std::vector<std::string>& typed, const CLI::App& app);

}  // namespace tws
