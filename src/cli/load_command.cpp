#include "cli/load_command.hpp"

#include "cli/files.hpp"
#include "cli/live_metrics.hpp"
#include "cli/load_options.hpp"
#include "cli/no_answer.hpp"
#include "cli/progress_line.hpp"
#include "cli/prove.hpp"
#include "cli/threshold_option.hpp"
#include "cli/values.hpp"
#include "cli/watched_run.hpp"
#include "report/budget_text.hpp"
#include "report/command_line.hpp"
#include "support/units.hpp"
#include "tws/diagnose/diagnose.hpp"
#include "tws/model/budget.hpp"
#include "tws/support/errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

namespace tws {
namespace {

constexpr std::chrono::seconds default_drain{70};

// Before a run that may use up the ports: says how long they last, and whether that is enough for
// the plan.
void warn_of_ports(const Run& run) {
  const Demand demand = demand_of(run);
  std::string line = budget_line(demand, run.plan.threads);
  if (line.empty()) return;
  const auto burst = budget(demand).burst.value_or(0);
  const auto each = run.plan.requests_per_connection.value_or(1);
  if (run.plan.requests && *run.plan.requests / each > burst)
    line += fmt::format("; {} connections are asked for", format_count(*run.plan.requests / each));
  // On loopback the server has this system's own.
  const bool elsewhere =
      std::any_of(run.targets.begin(), run.targets.end(), [](const auto& target) {
        const auto address = address_in(target.address);
        return address && !address->is_loopback();
      });
  if (demand.hold_seconds > 0 && reuse_applies(run) && elsewhere)
    line += "; without TCP time stamps on the server's side nothing comes back that soon";
  print_note(line);
}

// In its warm-up or later.
bool was_connected(const Run& run) {
  return run.tally.attempts_connected > 0 || (run.warm_up && run.warm_up->connected > 0);
}

bool was_refused(const Run& run) {
  return !was_connected(run) && run.tally.attempts_failed.contains(ECONNREFUSED);
}

// Shows a progress line, which is erased before the return.
Run run_with_progress(const LoadCommand& command, ColourOption colour) {
  ProgressLine progress(command.progress, colour);
  std::optional<LiveMetrics> metrics;
  if (command.metrics) metrics.emplace(*command.metrics);
  load::Observer observer;
  Run begun;  // plan and limits
  observer.on_start = [&](const Run& run) {
    warn_of_ports(run);
    if (metrics) begun = run;
  };
  observer.on_progress = [&](std::chrono::nanoseconds elapsed, const Timeline& timeline) {
    if (metrics) metrics->set(live_run(timeline, begun, elapsed));
  };
  return watched_run(command.plan, progress, observer);
}

}  // namespace

Subcommand<LoadCommand> LoadCommand::declare(CLI::App& hammer) {
  struct Words {
    LoadWords load;
    std::string wait_drain;
    Word metrics;
    bool strict = false, prove = false, no_progress = false;
  };
  const auto words = std::make_shared<Words>();
  add_load_options(hammer, words->load);
  add_threshold_option(hammer, words->load.thresholds);
  const std::string drain = typed(default_drain);
  // A flag, so that CLI11 does not take the following URL for its value.
  hammer
      .add_flag(fmt::format("--wait-drain{{{}}}", drain), words->wait_drain,
                fmt::format("First wait until no port is in TIME_WAIT towards the targets, for "
                            "TIME at most [{}]",
                            drain))
      ->option_text("[=TIME]");
  hammer.add_flag("--strict", words->strict, "Exit code 3 if the run did not measure the server");
  hammer.add_flag(
      "--prove", words->prove,
      "After the run try half and twice the connections, or more threads, or what helps "
      "against a lack of ports, for a second or more each: the verdict then rests on "
      "what they measured");
  hammer
      .add_option("--metrics", words->metrics,
                  "During the run, serve its numbers at http://ADDR:PORT/metrics for Prometheus")
      ->type_name("ADDR:PORT");
  hammer.add_flag("--no-progress", words->no_progress, "No progress line on a terminal");
  return {
      &hammer, [words] {
        LoadCommand command{to_plan(words->load), !words->no_progress, words->strict, words->prove};
        command.no_url = words->load.urls.empty() && command.plan.urls_file.empty() &&
                         command.plan.unix_socket.empty();
        if (!words->wait_drain.empty())
          command.plan.wait_drain = positive_duration("--wait-drain", words->wait_drain);
        if (words->metrics) command.metrics = endpoint("--metrics", *words->metrics);
        return command;
      }};
}

int LoadCommand::run(const Invocation& invocation) const {
  Output output(invocation.output);
  note_without_effect(plan);
  Run run = run_with_progress(*this, invocation.output.colour);
  std::optional<int> signal = run.signal;
  if (no_url && was_refused(run) && !signal && invocation.output.text_alone())
    throw RunError(
        fmt::format("nothing listens at {}: start tws-server there, or name the URL of "
                    "your server: hammer http://HOST:PORT/",
                    run.targets.front().address));
  const auto tls_failure = tls_never_worked(run);
  if (!tls_failure.empty() && !signal && !invocation.output.json) throw RunError(tls_failure);
  if (prove && !signal && !run.stopped_by) {
    ProgressLine line(progress, invocation.output.colour);
    signal = tws::prove(run, line);
  }
  Reports reports;
  auto name = run_name(invocation.output, run);
  const Reported& result = reports.emplace_back(reported(std::move(name), std::move(run)));
  output.report(reports);
  if (signal) return 128 + *signal;
  if (const auto why = no_answer(result.run); !why.empty()) throw RunError(why);
  const int code = exit_code_of(result.outcomes);
  const Verdict& verdict = result.diagnosis.verdict;
  if (output.is_silent() && code) note_why(result.outcomes);
  if (code || !strict || verdict.valid) return code;
  if (output.is_silent())
    print_note("the run did not measure the server: " + verdict.not_valid_because);
  return exit_unknown;
}

}  // namespace tws
