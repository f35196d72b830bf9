#include "cli/prove_command.hpp"

#include "cli/prove.hpp"
#include "cli/saved_run.hpp"
#include "cli/threshold_option.hpp"
#include "tws/support/errors.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

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
  Reports reports;
  auto name = run_name(invocation.output, run);
  const Reported& result = reports.emplace_back(reported(std::move(name), std::move(run)));
  output.report(reports);
  const auto& trials = result.run.trials;
  if (!trials.empty() &&
      std::ranges::all_of(trials, [](const Trial& one) { return one.got_through == 0; }))
    throw RunError(
        "no request of the trials succeeded: the server of that run does not answer now");
  return signal ? 128 + *signal : exit_code_of(result.outcomes);
}

}  // namespace tws
