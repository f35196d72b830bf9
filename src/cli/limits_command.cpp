#include "cli/limits_command.hpp"

#include "report/budget_text.hpp"
#include "system/kernel.hpp"
#include "tws/system/limits.hpp"

#include <CLI/CLI.hpp>

namespace tws {

Subcommand<LimitsCommand> LimitsCommand::declare(CLI::App& hammer) {
  auto* app =
      hammer.add_subcommand("limits", "Shows this machine's limits, in connections per second");
  return {app, [] { return LimitsCommand{}; }};
}

int LimitsCommand::run(const Invocation& invocation) const {
  Output output(invocation.output);
  const Limits limits = read_limits();
  const std::string os = read_kernel().name;
  output.write([&] { return limits_text(limits, os); },
               [&] { return limits_report_json(limits, os); });
  return 0;
}

}  // namespace tws
