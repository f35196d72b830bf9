#include "progress_line.hpp"
#include "tws/cli/files.hpp"
#include "tws/cli/hammer_commands.hpp"
#include "tws/lab/lab.hpp"
#include "tws/lab/sandbox.hpp"
#include "tws/report/diagnosis_text.hpp"
#include "tws/report/json.hpp"
#include "tws/report/lab_text.hpp"
#include "tws/report/text.hpp"
#include "tws/support/errors.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <unistd.h>

namespace tws {
namespace {

std::string closes_first(const Plan& plan, std::string_view path) {
  if (path == "/unframed") return "server";
  return plan.requests_per_connection ? std::string(name(plan.close_by)) : "kept";
}

LabRow row_of(const lab::Outcome& outcome) {
  LabRow row;
  row.scenario = outcome.scenario->name;
  row.closes_first = closes_first(outcome.scenario->plan, outcome.scenario->path);
  row.skipped = outcome.skipped;
  if (!outcome.run) return row;
  const Run& run = *outcome.run;
  row.ports = demand_of(run).ports;
  row.predicted = outcome.comparison.predicted;
  row.measured = outcome.comparison.measured;
  row.error = outcome.comparison.error();
  if (run.seconds > 0)
    row.per_second = static_cast<double>(run.tally.attempts_connected) / run.seconds;
  row.verdict = outcome.diagnosis.verdict.limited_by;
  row.as_predicted = outcome.comparison.holds;
  row.interrupted = run.signal.has_value();
  row.why_not = outcome.comparison.why_not;
  row.run = to_json(run, outcome.diagnosis);
  return row;
}

void list_scenarios() {
  std::string text;
  for (const auto& scenario : lab::scenarios())
    text += fmt::format("{}\n  changes  {}\n  shows    {}\n", scenario.name, scenario.changes,
                        scenario.shows);
  print(text);
}

}  // namespace

int run_lab_command(const HammerOptions& options) {
  const LabOptions& asked = *options.lab;
  if (asked.list) {
    list_scenarios();
    return 0;
  }
  const bool json_alone = options.json == "-";
  std::optional<OutputFile> json;
  if (!options.json.empty() && !json_alone) json.emplace("--json", options.json);
  const auto style = style_of(STDOUT_FILENO, options.colour);
  const auto say = [&](const std::string& text) {
    if (!json_alone) print(text);
  };

  // From networks of its own this process can't come back to the machine's.
  auto scenarios = asked.scenarios;
  const auto of_its_own = std::stable_partition(
      scenarios.begin(), scenarios.end(), [](const auto* one) { return !one->private_network; });
  std::vector<LabRow> rows;
  std::optional<int> signal;
  std::optional<std::string> no_networks;
  for (auto scenario = scenarios.begin(); scenario != scenarios.end() && !signal; ++scenario) {
    if (scenario == of_its_own) no_networks = lab::permit_networks();
    lab::Outcome outcome;
    {
      ProgressLine progress(
          options.progress, options.colour,
          fmt::format("{} ({} of {}): ", (*scenario)->name, rows.size() + 1, scenarios.size()));
      outcome = lab::run_scenario(**scenario, asked.duration.value_or((*scenario)->duration),
                                  no_networks, progress.observer());
    }
    if (outcome.run) signal = outcome.run->signal;
    if (outcome.run && scenarios.size() == 1)
      say(fmt::format("In the lab: {} ({})\n\n", (*scenario)->name, (*scenario)->changes) +
          to_text(*outcome.run, style) + diagnosis_text(outcome.diagnosis, style) + "\n");
    if (rows.empty()) say(lab_head());
    rows.push_back(row_of(outcome));
    say(lab_row(rows.back(), style));
  }
  say(lab_sum(rows));
  if (json) json->write(pretty(lab_json(rows)) + "\n");
  if (json_alone) print(pretty(lab_json(rows)) + "\n");
  if (signal) return 128 + *signal;
  if (no_networks)
    throw RunError(
        fmt::format("no network of its own can be had here: {}. 'hammer lab no-root' works "
                    "without one",
                    *no_networks));
  const bool all_right = std::all_of(
      rows.begin(), rows.end(), [](const LabRow& row) { return row.skipped || row.as_predicted; });
  return all_right ? 0 : 1;
}

}  // namespace tws
