#include "tws/cli/hammer_options.hpp"

#include "load_options.hpp"
#include "parse.hpp"
#include "simulate_options.hpp"
#include "system_name.hpp"
#include "tws/support/errors.hpp"
#include "tws/support/units.hpp"
#include "values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ostream>
#include <string_view>

namespace tws {
namespace {

// As they were typed.
struct Words {
  LoadWords load;
  std::string json;
  std::string colour = "auto";
  bool no_progress = false;
  bool strict = false;
  std::string wait_drain;
  std::string census_port, census_watch;
  std::string explain;
  bool lab_list = false;
  std::vector<std::string> scenarios;
  std::string lab_duration;
};

CensusOptions to_census(const Words& words) {
  CensusOptions census;
  if (!words.census_port.empty())
    census.port = static_cast<std::uint16_t>(number_between("--port", words.census_port, 1, 65535));
  if (!words.census_watch.empty()) census.watch = positive_duration("--watch", words.census_watch);
  return census;
}

LabOptions to_lab(const Words& words) {
  LabOptions lab;
  lab.list = words.lab_list;
  if (!words.lab_duration.empty())
    lab.duration = positive_duration("--duration", words.lab_duration);
  for (const auto& name : words.scenarios) {
    const auto* scenario = lab::find_scenario(name);
    if (!scenario) refuse("SCENARIO", name, "one that 'hammer lab --list' names");
    lab.scenarios.push_back(scenario);
  }
  if (lab.scenarios.empty())
    for (const auto& scenario : lab::scenarios()) lab.scenarios.push_back(&scenario);
  return lab;
}

void add_run_options(CLI::App& app, Words& words) {
  add_load_options(app, words.load);
  // A flag, so that the URL behind it isn't taken for its value.
  app.add_flag("--wait-drain{70s}", words.wait_drain,
               "First wait until no port is held in TIME_WAIT towards the targets;\n"
               "--wait-drain=TIME: at most so long [70s]");
  app.add_flag("--strict", words.strict, "Exit code 3 if the run did not measure the server");
  app.add_flag("--no-progress", words.no_progress, "No progress line on a terminal");
}

// All options of a run but those for output, which every subcommand has as well.
void refuse_load_options(const CLI::App& app) {
  for (const auto* subcommand : app.get_subcommands())
    for (const auto* option : app.get_options())
      if (option->count() > 0 && !option->check_name("--json") && !option->check_name("--color"))
        throw UsageError(fmt::format("{} does not go with {}",
                                     option->get_positional() ? "URL" : option->get_name(),
                                     subcommand->get_name()));
}

void add_output_options(CLI::App& app, Words& words) {
  app.add_option("--json", words.json, "Write the result as JSON to a file, - for stdout alone")
      ->type_name("FILE");
  app.add_option("--color", words.colour, "Colours [auto: on a terminal, as NO_COLOR says]")
      ->type_name("auto|always|never");
}

}  // namespace

std::optional<HammerOptions> parse_hammer_options(int argc, const char* const* argv,
                                                  std::ostream& out) {
  CLI::App app(
      "Loads an HTTP server for a fixed time; reports throughput, latency and what the sockets "
      "did.",
      "hammer");
  app.set_version_flag("--version", "hammer " TWS_VERSION);
  app.get_formatter()->column_width(36);
  app.require_subcommand(0, 1);
  app.option_defaults()->take_last();  // so that a script's options can be overridden behind them
  Words words;
  add_run_options(app, words);
  add_output_options(app, words);
  auto* census = app.add_subcommand("census", "TCP sockets by side and state, as ss sees them");
  census
      ->add_option("--port", words.census_port,
                   "Only sockets with this port; the end that has it is the server [all]")
      ->type_name("P");
  census->add_option("--watch", words.census_watch, "Again and again, this often")
      ->type_name("TIME");
  add_output_options(*census, words);
  auto* explain = app.add_subcommand("explain", "What limited a saved run (--json FILE)");
  explain->add_option("run", words.explain, "The run's JSON")->type_name("FILE")->required();
  add_output_options(*explain, words);
  auto* limits = app.add_subcommand("limits", "What this machine allows, and what that means");
  add_output_options(*limits, words);
  auto* budget = app.add_subcommand(
      "budget", "How far source ports reach, on paper: a rate, a proxy, a NAT gateway");
  BudgetWords budget_words;
  add_budget_options(*budget, budget_words);
  add_output_options(*budget, words);
  auto* lab = app.add_subcommand(
      "lab", "The ceiling and every way around it, in networks of their own; needs no root");
  lab->footer(
      "Each scenario runs in a network of its own, but for no-root, which comes first and leaves "
      "1,000\n"
      "TIME_WAIT behind for a minute. One scenario alone prints its whole report. Exit codes: 0 "
      "all as\n"
      "predicted or skipped, 1 not so, or no network of its own can be had.");
  lab->add_option("scenario", words.scenarios, "Those to run [all]")->type_name("SCENARIO");
  lab->add_flag("--list", words.lab_list, "What each scenario changes and must show");
  lab->add_option("-z,--duration", words.lab_duration,
                  "Of each scenario; longer where that is too short to use the ports up\n"
                  "[10s, 15s for 16,384 ports]")
      ->type_name("TIME");
  lab->add_flag("--no-progress", words.no_progress, "No progress line on a terminal");
  add_output_options(*lab, words);
  auto* simulate = app.add_subcommand(
      "simulate", "What a run would do on another system: macOS, Linux, FreeBSD; needs no server");
  SimulateWords simulate_words;
  add_simulate_options(*simulate, simulate_words);
  add_output_options(*simulate, words);
  app.footer(
      "Example: hammer -z 10s --disable-keepalive --close-by client http://127.0.0.1:3779/\n"
      "The report goes to stdout, progress to stderr. Exit codes: 0 done, 1 could not run "
      "(nothing\n"
      "connected, output lost), 2 usage, 3 the run did not measure the server (--strict), 128+n "
      "ended\n"
      "by signal n, with the whole report.");
  if (!parse(app, argc, argv, out)) return {};
  refuse_load_options(app);

  const std::array<const CLI::App*, 7> with_json{&app,   census, explain, limits,
                                                 budget, lab,    simulate};
  for (const auto* one : with_json)
    if (one->get_option("--json")->count() > 0 && words.json.empty())
      refuse("--json", words.json, "a file's path, or - for stdout");
  if (app.get_option("--method")->count() > 0 && words.load.method.empty())
    refuse("--method", words.load.method, "a method, such as GET or POST");

  HammerOptions options;
  if (census->parsed())
    options.census = to_census(words);
  else if (explain->parsed())
    options.explain = words.explain;
  else if (limits->parsed())
    options.limits = true;
  else if (budget->parsed())
    options.budget = to_budget(budget_words, read_limits(), system_name());
  else if (lab->parsed())
    options.lab = to_lab(words);
  else if (simulate->parsed())
    options.simulate = to_simulate(simulate_words, argc, argv);
  else
    options.plan = to_plan(words.load);
  options.json = words.json;
  options.progress = !words.no_progress;
  options.strict = words.strict;
  if (!words.wait_drain.empty())
    options.plan.wait_drain = positive_duration("--wait-drain", words.wait_drain);
  const auto colour = parse_colour_option(words.colour);
  if (!colour) refuse("--color", words.colour, "one of auto, always, never");
  options.colour = *colour;
  return options;
}

}  // namespace tws
