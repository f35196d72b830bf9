// The outcome of a subcommand that loads nothing.
#pragma once

#include "tws/cli/files.hpp"
#include "tws/cli/hammer_options.hpp"
#include "tws/report/json.hpp"

namespace tws {

// Text on stdout and JSON to a file, or JSON alone on stdout.
template <typename MakeText, typename MakeJson>
void write_result(const HammerOptions& options, MakeText make_text, MakeJson make_json) {
  if (options.json == "-") return print(pretty(make_json()) + "\n");
  if (!options.json.empty()) OutputFile("--json", options.json).write(pretty(make_json()) + "\n");
  print(make_text());
}

}  // namespace tws
