#include "tws/cli/hammer_commands.hpp"

#include "progress_line.hpp"
#include "result.hpp"
#include "system_name.hpp"
#include "tws/cli/files.hpp"
#include "tws/diagnose/diagnose.hpp"
#include "tws/load/engine.hpp"
#include "tws/model/budget.hpp"
#include "tws/report/budget_text.hpp"
#include "tws/report/census_text.hpp"
#include "tws/report/diagnosis_text.hpp"
#include "tws/report/json.hpp"
#include "tws/report/read_run.hpp"
#include "tws/report/text.hpp"
#include "tws/report/words.hpp"
#include "tws/support/errors.hpp"
#include "tws/support/units.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <optional>
#include <thread>
#include <unistd.h>

namespace tws {
namespace {

constexpr int not_measured = 3;  // exit code with --strict
constexpr std::string_view clear_screen = "\x1b[H\x1b[2J";

// Before a run that uses up ports: how far they reach, and whether the plan fits.
void warn_of_ports(const Run& run) {
  const Demand demand = demand_of(run);
  std::string line = budget_line(demand);
  if (line.empty()) return;
  const auto burst = budget(demand).burst.value_or(0);
  const auto each = run.plan.requests_per_connection.value_or(1);
  if (run.plan.requests && *run.plan.requests / each > burst)
    line += fmt::format("; {} connections are asked for", format_count(*run.plan.requests / each));
  line = fmt::format("hammer: {}\n", line);
  // Nobody may be there to read it.
  static_cast<void>(!::write(STDERR_FILENO, line.data(), line.size()));
}

std::string report_text(const Run& run, const Diagnosis& diagnosis, const HammerOptions& options) {
  const auto style = style_of(STDOUT_FILENO, options.colour);
  return to_text(run, style) + diagnosis_text(diagnosis, style);
}

// "nothing ever connected to 127.0.0.1:3779: connection refused"
std::string nothing_connected(const Run& run) {
  std::string targets;
  for (const auto& target : run.targets) targets += (targets.empty() ? "" : ", ") + target.address;
  const auto& failed = run.tally.attempts_failed;
  const auto most = std::max_element(
      failed.begin(), failed.end(),
      [](const auto& a, const auto& b) { return a.second.count < b.second.count; });
  if (most == failed.end()) return fmt::format("nothing ever connected to {}", targets);
  return fmt::format("nothing ever connected to {}: {}", targets,
                     words_of(most->first).value_or(cause_name(most->first)));
}

}  // namespace

int run_load_command(const HammerOptions& options) {
  const bool json_alone = options.json == "-";
  std::optional<OutputFile> json;
  if (!options.json.empty() && !json_alone) json.emplace("--json", options.json);

  std::optional<Run> run;
  {
    ProgressLine progress(options.progress, options.colour);
    load::Observer observer = progress.observer();
    observer.on_start = [&, begin = observer.on_start](const Run& starting) {
      warn_of_ports(starting);
      begin(starting);
    };
    run = load::run(options.plan, observer);
  }
  const Diagnosis diagnosis = diagnose(*run);
  // One of the two may be lost: a disk is full, or nobody reads stdout any more. The other one is
  // not.
  std::string lost;
  const auto attempt = [&lost](auto write) {
    try {
      write();
    } catch (const RunError& error) {
      lost += (lost.empty() ? "" : "; ") + std::string(error.what());
    }
  };
  if (json) attempt([&] { json->write(pretty(to_json(*run, diagnosis)) + "\n"); });
  if (json_alone)
    attempt([&] { print(pretty(to_json(*run, diagnosis)) + "\n"); });
  else
    attempt([&] { print(report_text(*run, diagnosis, options)); });
  if (!lost.empty()) throw RunError(lost);

  if (run->signal) return 128 + *run->signal;
  if (run->tally.attempts_connected == 0) throw RunError(nothing_connected(*run));
  return options.strict && !diagnosis.verdict.valid ? not_measured : 0;
}

int run_explain_command(const HammerOptions& options) {
  std::string text;
  if (const int error = read_file(*options.explain, text))
    throw RunError(fmt::format("{}: can't be read: {}", *options.explain, errno_text(error)));
  const Run run = read_run(text, *options.explain);
  const Diagnosis diagnosis = diagnose(run);
  write_result(
      options, [&] { return report_text(run, diagnosis, options); },
      [&] { return to_json(run, diagnosis); });
  return 0;
}

int run_limits_command(const HammerOptions& options) {
  const Limits limits = read_limits();
  write_result(
      options, [&] { return limits_text(limits, system_name()); },
      [&] { return limits_report_json(limits, system_name()); });
  return 0;
}

int run_budget_command(const HammerOptions& options) {
  const BudgetOptions& asked = *options.budget;
  write_result(
      options, [&] { return budget_text(asked.demand, asked.search_cost); },
      [&] { return budget_report_json(asked.demand, asked.search_cost); });
  return 0;
}

int run_census_command(const HammerOptions& options) {
  const bool json_alone = options.json == "-";
  std::optional<OutputFile> json;
  if (!options.json.empty() && !json_alone) {
    if (options.census->watch)
      throw UsageError(
          fmt::format("--json: '{}' can hold one census; with --watch use -", options.json));
    json.emplace("--json", options.json);
  }
  CensusFilter filter;
  if (options.census->port)
    filter.targets.emplace_back(boost::asio::ip::tcp::v4(), *options.census->port);  // any address
  filter.range = read_port_range();
  const bool redraw = options.census->watch && !json_alone && is_terminal(STDOUT_FILENO);
  for (;;) {
    // Both walk through a table of the kernel, which takes its time where there are many sockets.
    auto reading = std::async(std::launch::async, read_limits);
    const auto census = take_census(filter);
    if (!census) throw RunError("the sockets can't be read: " + errno_text(census.error().value()));
    const auto limits = reading.get();
    if (json) json->write(pretty(census_json(*census, limits)) + "\n");
    if (json_alone && options.census->watch)
      print(boost::json::serialize(census_json(*census, limits)) + "\n");
    else if (json_alone)
      print(pretty(census_json(*census, limits)) + "\n");
    else
      print((redraw ? std::string(clear_screen) : "") +
            census_text(*census, limits, style_of(STDOUT_FILENO, options.colour)));
    if (!options.census->watch) return 0;
    std::this_thread::sleep_for(*options.census->watch);
  }
}

}  // namespace tws
