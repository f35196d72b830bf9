#include "cli/prove_command.hpp"

#include "cli/prove.hpp"
#include "cli/saved_run.hpp"
#include "tws/diagnose/diagnose.hpp"
#include "tws/support/errors.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>

namespace tws {

Subcommand<ProveCommand> ProveCommand::declare(CLI::App& hammer) {
  const auto path = std::make_shared<std::string>();
  auto* app = hammer.add_subcommand(
      "prove",
      "Loads the server of a saved run again, with other connections or ports, to prove its "
      "verdict");
  app->add_option("run", *path, "The run's JSON; - is stdin")->type_name("FILE")->required();
  return {app, [path] { return ProveCommand{*path}; }};
}

int ProveCommand::run(const Invocation& invocation) const {
  Run run = load_saved_run(path);
  if (run.simulated) throw RunError(fmt::format("{}: a simulated run has no server", path));
  run.trials.clear();
  Output output(invocation.output);
  std::optional<int> signal;
  {
    ProgressLine progress(true, invocation.output.colour);
    signal = prove(run, progress);
  }
  output.report(run, diagnose(run));
  return signal ? 128 + *signal : 0;
}

}  // namespace tws
