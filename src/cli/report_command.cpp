#include "cli/report_command.hpp"

#include "cli/saved_run.hpp"
#include "cli/threshold_option.hpp"

#include <CLI/CLI.hpp>

#include <memory>

namespace tws {

Subcommand<ReportCommand> ReportCommand::declare(CLI::App& hammer) {
  const auto command = std::make_shared<ReportCommand>();
  auto* app = hammer.add_subcommand(
      "report", "Writes saved runs (--json FILE) in other formats, and judges them by thresholds");
  app->add_option("run", command->paths, "The runs' JSON")
      ->type_name("FILE")
      ->required()
      ->take_all();
  add_threshold_option(*app, command->thresholds, ". It replaces those of the runs");
  return {app, [command] { return *command; }};
}

int ReportCommand::run(const Invocation& invocation) const {
  return report_saved_runs(paths, thresholds, invocation);
}

}  // namespace tws
