#include "cli/ab_command.hpp"

#include "cli/files.hpp"
#include "cli/load_options.hpp"
#include "cli/no_answer.hpp"
#include "cli/progress_line.hpp"
#include "cli/watched_run.hpp"
#include "support/signals.hpp"
#include "support/units.hpp"
#include "tws/support/errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <thread>

namespace tws {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::nanoseconds usual_length = 2s;
constexpr std::chrono::nanoseconds shortest_to_trust = 1s;  // as in the verdict
constexpr std::chrono::milliseconds pause_before_each{200};
constexpr std::uint64_t most_rounds = 1000;

struct Words {
  LoadWords load;
  CompareWords compare;
  Word rounds;
  bool no_progress = false;
};

Plan plan_of(const LoadWords& words) {
  Plan plan = to_plan(words);
  if (!words.duration && !plan.requests) plan.duration = usual_length;
  drain_between_runs(plan);
  return plan;
}

AbCommand read(const Words& words) {
  const auto& urls = words.load.urls;
  if (urls.size() != 2)
    refuse("URL",
           fmt::format("{} given, takes two: hammer ab URL_A URL_B. The load of ApacheBench's "
                       "ab is hammer --disable-keepalive URL",
                       urls.size()));
  if (!words.load.thresholds.empty())
    refuse("--threshold",
           "it limits one server's run, and ab compares two: run hammer with it after ab");
  if (words.load.duration && !words.load.requests &&
      duration("--duration", *words.load.duration) < shortest_to_trust)
    refuse("--duration", fmt::format("'{}' is too short for a round, which takes 1s at least",
                                     *words.load.duration));
  AbCommand command;
  command.a = command.b = plan_of(words.load);  // once, as a body from a pipe is read once
  if (!command.a.profile.stages.empty())
    refuse(words.load.stages ? "--stages" : "a load that changes over time",
           "ab compares two servers under one load; leave it out");
  command.a.urls = {urls[0]};
  command.b.urls = {urls[1]};
  if (words.rounds)
    command.rounds = number_between("--rounds", *words.rounds, fewest_runs, most_rounds);
  command.options = to_compare_options(words.compare);
  for (const auto& metric : command.options.metrics)
    for (const auto* plan : {&command.a, &command.b}) check_is_had(metric, *plan);
  command.progress = !words.no_progress;
  return command;
}

void announce(const AbCommand& command) {
  const auto& plan = command.a;
  auto text = fmt::format("{} runs, alternating", 2 * command.rounds);
  if (plan.duration) {
    const auto all = 2 * static_cast<double>(command.rounds) *
                     (to_seconds(*plan.duration) + to_seconds(pause_before_each));
    text += fmt::format(", in {}", format_duration(all));
  }
  if (plan.wait_drain)
    text += fmt::format(", and up to {} before each until no port is in TIME_WAIT",
                        format_duration(to_seconds(*plan.wait_drain)));
  print_note(text);
}

// Nothing if a signal ended it, or the pause before it.
std::optional<Run> next_run(const Plan& plan, ProgressLine& line) try {
  std::this_thread::sleep_for(pause_before_each);
  if (StopOnSignals::taken()) return {};
  Run run = watched_run(plan, line);
  if (run.signal) return {};
  return run;
} catch (const Interrupted&) {
  return {};
}

}  // namespace

Subcommand<AbCommand> AbCommand::declare(CLI::App& hammer) {
  const auto words = std::make_shared<Words>();
  auto* app = hammer.add_subcommand(
      "ab", "Compares two servers in alternating rounds: URL_A is before, URL_B after");
  add_load_options(*app, words->load);
  app->add_option("--rounds", words->rounds, "Runs of each server [10]")->type_name("N");
  add_compare_options(*app, words->compare);
  app->add_option("--threshold", words->load.thresholds, "It limits one server's run")
      ->allow_extra_args(false)
      ->group("");  // hidden, as it is refused
  app->add_flag("--no-progress", words->no_progress, "No progress line on a terminal");
  app->footer(
      "The order is A B B A, so that what changes on the machine meanwhile hits both. A round "
      "takes "
      "2 s unless -z or -n says otherwise. The same URL twice shows how much this machine's "
      "measurements vary.\n" +
      std::string(compare_exit_codes));
  return {app, [words] { return read(*words); }};
}

int AbCommand::run(const Invocation& invocation) const {
  Output output(invocation.output);
  const StopOnSignals signals;  // also between the runs
  announce(*this);
  std::vector<NamedRun> before, after;
  const std::uint64_t all = 2 * rounds;
  for (std::uint64_t i = 0; i < all; ++i) {
    const bool is_a = i % 4 == 0 || i % 4 == 3;
    ProgressLine line(progress, invocation.output.colour,
                      fmt::format("{} ({} of {}): ", is_a ? "A" : "B", i + 1, all));
    auto run = next_run(is_a ? a : b, line);
    if (!run) break;
    auto& side = is_a ? before : after;
    if (const auto why = no_answer(*run); side.empty() && !why.empty()) throw RunError(why);
    side.push_back({fmt::format("{} {}", is_a ? "A" : "B", side.size() + 1), std::move(*run)});
  }
  CompareReport report = report_of(options, before, after);
  const bool interrupted = before.size() + after.size() < all;
  if (interrupted) report.interrupted_of = all;
  const auto style = output.style();
  output.write([&] { return compare_text(report, style); }, [&] { return compare_json(report); });
  if (interrupted) return 128 + StopOnSignals::taken().value_or(0);
  const int code = exit_code(options, report);
  if (code == exit_failed) return code;
  for (const auto* side : {&before, &after})
    if (std::ranges::all_of(*side, [](const auto& one) { return one.run.tally.successes() == 0; }))
      throw RunError(
          fmt::format("no request to {} succeeded", side->front().run.plan.urls.front()));
  return code;
}

}  // namespace tws
