#include "cli/explain_command.hpp"

#include "tws/diagnose/diagnose.hpp"
#include "tws/report/read_run.hpp"
#include "tws/support/errors.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>

namespace tws {

Subcommand<ExplainCommand> ExplainCommand::declare(CLI::App& hammer) {
  const auto path = std::make_shared<std::string>();
  auto* app = hammer.add_subcommand("explain", "Says what limited a saved run (--json FILE)");
  app->add_option("run", *path, "The run's JSON")->type_name("FILE")->required();
  return {app, [path] { return ExplainCommand{*path}; }};
}

int ExplainCommand::run(const Invocation& invocation) const {
  std::string text;
  if (const int error = read_file(path, text))
    throw RunError(fmt::format("{}: can't be read: {}", path, errno_text(error)));
  const Run run = read_run(text, path);
  const Diagnosis diagnosis = diagnose(run);
  Output output(invocation.output);
  output.report(run, diagnosis);
  return 0;
}

}  // namespace tws
