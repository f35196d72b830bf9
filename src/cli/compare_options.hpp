// What `hammer compare` and `hammer ab` have in common.
#pragma once

#include "cli/values.hpp"
#include "report/compare_text.hpp"

#include <CLI/CLI.hpp>

#include <span>
#include <string>
#include <vector>

namespace tws {

struct CompareOptions {
  double noise = usual_noise;
  std::vector<std::string> metrics{"rate", "p99"};
  bool strict = false;
};

struct CompareWords {
  Word noise;
  std::vector<std::string> metrics;
  Word of_reports;  // an option that is not for comparisons
  bool strict = false;
};

void add_compare_options(CLI::App& app, CompareWords& words);
// Throws UsageError.
CompareOptions to_compare_options(const CompareWords& words);

// Either side may be empty.
CompareReport report_of(const CompareOptions& options, std::span<const NamedRun> before,
                        std::span<const NamedRun> after);

// 99 where something got worse; 3 with --strict where it can't be told.
int exit_code(const CompareOptions& options, const CompareReport& report);

inline constexpr std::string_view compare_exit_codes =
    "Exit codes:\n"
    "  0   nothing got worse, or it can't be told\n"
    "  1   could not run or read\n"
    "  2   usage\n"
    "  3   it can't be told (with --strict)\n"
    "  99  something got worse";

}  // namespace tws
