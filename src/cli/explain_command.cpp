#include "cli/explain_command.hpp"

#include "cli/saved_run.hpp"
#include "tws/diagnose/diagnose.hpp"

#include <CLI/CLI.hpp>

#include <memory>

namespace tws {

Subcommand<ExplainCommand> ExplainCommand::declare(CLI::App& hammer) {
  const auto path = std::make_shared<std::string>();
  auto* app = hammer.add_subcommand("explain", "Says what limited a saved run (--json FILE)");
  app->add_option("run", *path, "The run's JSON; - is stdin")->type_name("FILE")->required();
  return {app, [path] { return ExplainCommand{*path}; }};
}

int ExplainCommand::run(const Invocation& invocation) const {
  const Run run = load_saved_run(path);
  Output output(invocation.output);
  output.report(run, diagnose(run));
  return 0;
}

}  // namespace tws
