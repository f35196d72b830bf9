#include "cli/explain_command.hpp"

#include "cli/saved_run.hpp"
#include "cli/threshold_option.hpp"

#include <CLI/CLI.hpp>

#include <memory>

namespace tws {

Subcommand<ExplainCommand> ExplainCommand::declare(CLI::App& hammer) {
  const auto command = std::make_shared<ExplainCommand>();
  auto* app = hammer.add_subcommand("explain", "Says what limited a saved run (--json FILE)");
  app->add_option("run", command->path, "The run's JSON")->type_name("FILE")->required();
  add_threshold_option(*app, command->thresholds, ". It replaces those of the run");
  return {app, [command] { return *command; }};
}

int ExplainCommand::run(const Invocation& invocation) const {
  return report_saved_runs({path}, thresholds, invocation);
}

}  // namespace tws
