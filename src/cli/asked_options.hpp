// The options of what is asked: method, headers, bodies, and a list of URLs.
#pragma once

#include "cli/values.hpp"
#include "tws/measure/plan.hpp"

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace tws {

struct AskedWords {
  Word method, body, body_file;
  std::vector<std::string> headers;
  Word urls_file, body_lines_file, seed;
};

void add_asked_options(CLI::App& app, AskedWords& words);

// Method, headers, bodies and, with --urls, the plan's URLs. `urls`: those that were typed as
// words. Throws UsageError.
void set_asked(Plan& plan, const AskedWords& words, const std::vector<std::string>& urls);

}  // namespace tws
