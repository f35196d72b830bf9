// The command line before CLI11 reads it: what people type out of habit in hammer's words, and for
// a word that nobody knows the nearest one.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace tws {

// The words for CLI11, in order. Habits count for hammer's own options only, not for those of its
// subcommands or of another program. Throws UsageError with one line that says what to type
// instead.
std::vector<std::string> understood(const std::vector<std::string>& typed, const CLI::App& app);

// Of `candidates` the one that `word` is most likely to mean; empty if none is near.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace tws
