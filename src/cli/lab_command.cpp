#include "cli/lab_command.hpp"

#include "cli/progress_line.hpp"
#include "cli/values.hpp"
#include "cli/watched_run.hpp"
#include "lab/lab.hpp"
#include "lab/sandbox.hpp"
#include "report/fit.hpp"
#include "report/lab_text.hpp"
#include "support/nearest.hpp"
#include "tws/measure/facts.hpp"
#include "tws/report/diagnosis_text.hpp"
#include "tws/report/json.hpp"
#include "tws/report/text.hpp"
#include "tws/support/errors.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <unistd.h>

namespace tws {
namespace {

struct Words {
  bool list = false, no_progress = false;
  std::vector<std::string> scenarios;
  Word duration;
};

[[noreturn]] void refuse_scenario(const std::string& name) {
  std::vector<std::string> names;
  for (const auto* all : {&lab::scenarios(), &lab::tls_scenarios()})
    for (const auto& scenario : *all) names.emplace_back(scenario.name);
  const auto near = nearest(name, names);
  refuse("SCENARIO", fmt::format("'{}' is unknown; {}'hammer lab --list' shows all", name,
                                 near.empty() ? "" : fmt::format("did you mean {}? ", near)));
}

LabCommand read(const Words& words) {
  LabCommand command;
  command.list = words.list;
  command.progress = !words.no_progress;
  if (words.duration) command.duration = positive_duration("--duration", *words.duration);
  const auto add_all = [&](const std::vector<lab::Scenario>& all) {
    for (const auto& scenario : all) command.scenarios.push_back(&scenario);
  };
  for (const auto& name : words.scenarios) {
    if (name == "tls") {
      add_all(lab::tls_scenarios());
      continue;
    }
    const auto* scenario = lab::find_scenario(name);
    if (!scenario) refuse_scenario(name);
    command.scenarios.push_back(scenario);
  }
  if (command.scenarios.empty()) add_all(lab::scenarios());
  return command;
}

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
  row.predicted_seconds = outcome.comparison.predicted_seconds;
  row.measured_seconds = outcome.comparison.measured_seconds;
  if (run.seconds > 0)
    row.per_second = static_cast<double>(run.tally.attempts_connected) / run.seconds;
  row.verdict = outcome.diagnosis.verdict.limited_by;
  row.as_predicted = outcome.comparison.holds;
  row.too_slow = outcome.comparison.too_slow;
  row.interrupted = run.signal.has_value();
  row.why_not = outcome.comparison.why_not;
  row.run = to_json(run, outcome.diagnosis);
  return row;
}

std::optional<double> requests_per_second(const Run& run) {
  return ratio(static_cast<double>(run.tally.successes()), run.seconds);
}

void print_list() {
  std::string text;
  for (const auto* all : {&lab::scenarios(), &lab::tls_scenarios()})
    for (const auto& scenario : *all)
      text += fmt::format("{}\n  changes  {}\n  shows    {}\n", scenario.name, scenario.changes,
                          scenario.shows);
  print(fitted(text, style_of(STDOUT_FILENO, ColourOption::never).width));
}

lab::Outcome run_with_progress(const lab::Scenario& scenario, const LabCommand& command,
                               const std::string& prefix, ColourOption colour,
                               const std::optional<std::string>& no_networks) {
  ProgressLine progress(command.progress, colour, prefix);
  return lab::run_scenario(scenario, command.duration.value_or(scenario.duration), no_networks,
                           [&](const Plan& plan) { return watched_run(plan, progress); });
}

int exit_code(const std::vector<LabRow>& rows) {
  return std::all_of(
             rows.begin(), rows.end(),
             [](const LabRow& row) { return row.skipped || row.as_predicted || row.too_slow; })
             ? 0
             : 1;
}

}  // namespace

Subcommand<LabCommand> LabCommand::declare(CLI::App& hammer) {
  const auto words = std::make_shared<Words>();
  auto* app = hammer.add_subcommand("lab",
                                    "Measures the ceiling of ports and every way around it, in "
                                    "network namespaces; needs no root");
  app->add_option("scenario", words->scenarios,
                  "Scenarios to run; tls: the three of TLS [all but these]")
      ->type_name("SCENARIO");
  app->add_flag("--list", words->list, "List the scenarios: settings and expected results");
  app->add_option("-z,--duration", words->duration,
                  "Length of each scenario. If it ends before the ports are used up, the scenario "
                  "runs once more, for longer [10s; 15s for 16,384 ports]")
      ->type_name("TIME");
  app->add_flag("--no-progress", words->no_progress, "No progress line on a terminal");
  app->footer(
      "Each scenario runs in a network of its own. Only no-root runs in the machine's: it comes "
      "first, and leaves 1,000 sockets in TIME_WAIT for a minute. If you name one scenario, its "
      "whole report is printed.\n"
      "Exit codes:\n"
      "  0  every scenario went as predicted, was skipped, or this machine is too slow to tell\n"
      "  1  one did not, or this system allows no network namespace\n"
      "  2  usage");
  return {app, [words] { return read(*words); }};
}

int LabCommand::run(const Invocation& invocation) const {
  if (list) {
    print_list();
    return 0;
  }
  Output output(invocation.output);
  const auto style = output.style();

  // Scenarios in the machine's own network run first: the process can't return to it.
  auto in_order = scenarios;
  const auto of_its_own = std::stable_partition(
      in_order.begin(), in_order.end(), [](const auto* one) { return !one->private_network; });
  std::vector<LabRow> rows;
  std::string tls_rates;
  std::optional<int> signal;
  std::optional<std::string> no_networks;
  for (auto at = in_order.begin(); at != in_order.end() && !signal; ++at) {
    const lab::Scenario& scenario = **at;
    if (at == of_its_own) no_networks = lab::permit_networks();
    const auto outcome = run_with_progress(
        scenario, *this,
        fmt::format("{} ({} of {}): ", scenario.name, rows.size() + 1, in_order.size()),
        invocation.output.colour, no_networks);
    if (outcome.run) signal = outcome.run->signal;
    if (outcome.run && in_order.size() == 1)
      output.text(fmt::format("In the lab: {} ({})\n\n", scenario.name, scenario.changes) +
                  to_text(*outcome.run, style) + diagnosis_text(outcome.diagnosis, style) + "\n");
    if (rows.empty()) output.text(lab_head());
    rows.push_back(row_of(outcome));
    output.text(lab_row(rows.back(), style));
    if (const auto rate =
            scenario.tls && outcome.run ? requests_per_second(*outcome.run) : std::nullopt)
      tls_rates += fmt::format("{}{} {}", tls_rates.empty() ? "Requests/s: " : ", ", scenario.name,
                               format_count(whole(*rate)));
  }
  output.text(lab_sum(rows));
  if (!tls_rates.empty()) output.text(tls_rates + '\n');
  output.json([&] { return lab_json(rows); });
  if (signal) return 128 + *signal;
  if (no_networks)
    throw RunError(
        fmt::format("this system allows no network namespace: {}. 'hammer lab no-root' needs none",
                    *no_networks));
  return exit_code(rows);
}

}  // namespace tws
