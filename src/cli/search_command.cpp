#include "cli/search_command.hpp"

#include "cli/files.hpp"
#include "cli/load_options.hpp"
#include "cli/watched_run.hpp"
#include "report/command_line.hpp"
#include "report/search_text.hpp"
#include "support/units.hpp"
#include "system/open_files.hpp"
#include "tws/judge/threshold.hpp"
#include "tws/support/errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

namespace tws {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::nanoseconds usual_trial = 3s;
constexpr std::chrono::nanoseconds shortest_trial = 1s;  // as in the verdict
constexpr double fewest_requests = 100;                  // of a trial: the same
constexpr double highest_precision = 0.001, lowest_precision = 1;
constexpr unsigned trials_of_a_rate = 3;
// What is left in the server after a trial that was too much takes a moment to be done with.
constexpr std::chrono::nanoseconds pause = 200ms, pause_after_a_miss = 500ms;

struct Words {
  LoadWords load;
  std::vector<std::string> slo;
  Word from, to, precision, hold, max_time;
  bool no_progress = false;
};

// How long the last request of a trial may take: the longest of the limits.
std::chrono::nanoseconds patience(const Plan& plan) {
  double seconds = 0.5;
  for (const Threshold& one : thresholds_of(plan))
    if (one.metric.is_time()) seconds = std::max(seconds, one.limit);
  return std::chrono::nanoseconds(std::llround(std::min(seconds, 3600.0) * 1e9));
}

double rate_of(std::string_view option, const std::string& text) {
  const auto rate = parse_rate(text);
  if (!rate)
    refuse(option, text, "a number of requests per second up to 1G, such as 1000, 20k or 0.5");
  return *rate;
}

double precision_of(const std::string& text) {
  const bool percent = text.ends_with('%');
  const auto number = parse_rate(percent ? text.substr(0, text.size() - 1) : text);
  if (!percent || !number || *number / 100 < highest_precision || *number / 100 > lowest_precision)
    refuse("--precision", text, "a share from 0.1% to 100%, such as 2%");
  return *number / 100;
}

// thresholds_of() names the option of a run.
void check_slo(const Plan& plan) {
  try {
    thresholds_of(plan);
  } catch (const UsageError& error) {
    constexpr std::string_view other = "--threshold";
    const std::string text = error.what();
    throw UsageError("--slo" + text.substr(text.starts_with(other) ? other.size() : 0));
  }
}

void refuse_what_search_sets(const Words& words) {
  if (words.load.rate) refuse("--rate", "search tries one rate after the other: --from, --to");
  if (words.load.requests)
    refuse("--requests", "search has trials of a fixed time: --duration is the length of one");
  if (words.slo.empty())
    refuse("--slo", "none given; takes a limit that has to hold, such as 'p99 < 50ms'");
}

void read_rates(const Words& words, SearchPlan& search) {
  if (words.from) search.from = rate_of("--from", *words.from);
  if (words.to) search.to = rate_of("--to", *words.to);
  if (words.precision) search.precision = precision_of(*words.precision);
  if (search.to < search.from)
    refuse("--to", fmt::format("'{}' is less than --from, which is {:.10g}", words.to.value_or(""),
                               search.from));
  if (const double requests = search.from * search.trial; requests < fewest_requests)
    refuse(
        "--from",
        fmt::format("'{:.10g}' is too low: a trial of {} has {} then, and takes {} at least. Try "
                    "-z {:.0f}s",
                    search.from, format_duration(search.trial),
                    plural(whole(std::floor(requests)), "request"), fewest_requests,
                    std::ceil(fewest_requests / search.from)));
}

SearchCommand read(const Words& words) {
  refuse_what_search_sets(words);
  SearchCommand command;
  LoadWords load = words.load;
  if (!load.duration) load.duration = typed(usual_trial);
  command.load = to_plan(load);
  if (command.load.duration < shortest_trial)
    refuse("--duration", fmt::format("'{}' is too short for a trial, which takes 1s at least",
                                     *words.load.duration));
  SearchPlan& search = command.search;
  search.trial = to_seconds(*command.load.duration);
  if (words.hold) search.hold = to_seconds(positive_duration("--hold", *words.hold));
  read_rates(words, search);
  command.load.thresholds = words.slo;
  Plan first = command.load;
  first.rate = search.from;
  check_slo(first);
  drain_between_runs(command.load);
  search.between = to_seconds(patience(first) + pause_after_a_miss);
  if (words.max_time) command.longest = positive_duration("--max-time", *words.max_time);
  const double least = trials_of_a_rate * (search.trial + search.between);
  if (to_seconds(command.longest) < least)
    refuse("--max-time",
           fmt::format("'{}' is too short for one rate, which takes {} trials of {}, and {} in all",
                       words.max_time.value_or(typed(command.longest)), trials_of_a_rate,
                       format_duration(search.trial), format_duration(least)));
  command.keeps_connections = words.load.connections.has_value();
  command.progress = !words.no_progress;
  return command;
}

// Ends the wait for ports early.
struct Ended {};

// The state of a search, and the runs that it makes.
class Searching {
 public:
  Searching(const SearchCommand& command, ColourOption colour)
      : command_(command),
        colour_(colour),
        report_{command.load.urls, command.load.thresholds, Search(command.search)} {}

  // Ends with the search, its time, or a signal. Throws RunError.
  void go_on() {
    raise_open_file_limit();
    while (const auto step = report_.search.next(seconds_left())) {
      std::this_thread::sleep_for(last_held_ ? pause : pause_after_a_miss);
      const auto made = run_of(*step);
      if (signals_.taken() || !made) break;
      add(*step, *made);
    }
    report_.was_stopped = signals_.taken().has_value();
  }

  SearchReport& report() {
    report_.seconds = to_seconds(Clock::now() - begin_);
    return report_;
  }
  std::optional<int> signal() const { return signals_.taken(); }

 private:
  double seconds_left() const { return to_seconds(begin_ + command_.longest - Clock::now()); }

  // Nothing if the ports came back too late.
  std::optional<Run> run_of(const SearchStep& step) {
    ProgressLine line(command_.progress, colour_,
                      fmt::format("{:.10g}/s ({}): ", step.rate, report_.trials.size() + 1));
    const auto prepared = load::prepare(trial_plan(command_, step, service_time_));
    try {
      load::wait_for_drain(prepared, [&](auto held, auto left) {
        if (signals_.taken() || seconds_left() < step.seconds) throw Ended();
        line.show_drain(held, left);
      });
    } catch (const Ended&) {
      return {};
    }
    return watched_run(prepared, line, signals_);
  }

  void add(const SearchStep& step, const Run& run) {
    RateTrial trial = judged_trial(step, run);
    if (report_.trials.empty() && run.tally.successes() == 0)
      throw RunError(fmt::format("no request to {} succeeded: {}", run.plan.urls.front(),
                                 trial.verdict.sentence));
    last_held_ = trial.holds();
    if (last_held_) service_time_ = trial.service_time.value_or(service_time_);
    report_.search.add(step, last_held_);
    report_.trials.push_back(std::move(trial));
  }

  const SearchCommand& command_;
  ColourOption colour_;
  const StopOnSignals signals_{};
  const Clock::time_point begin_ = Clock::now();
  SearchReport report_;
  bool last_held_ = true;
  double service_time_ = 0;  // of the latest trial that held
};

int exit_code_of(const SearchReport& report) {
  const auto stop = report.stop();
  if (stop && !stop->is_servers()) return exit_unknown;
  const TriedRate* low = report.search.lower();
  if (report.end() == SearchEnd::none_hold) return exit_failed;
  return low && low->was_held ? 0 : exit_unknown;
}

}  // namespace

Plan trial_plan(const SearchCommand& command, const SearchStep& step, double service_time) {
  constexpr double most = 10'000;
  Plan plan = command.load;
  plan.rate = step.rate;
  plan.requests = std::max<std::uint64_t>(whole(step.rate * step.seconds), 1);
  plan.duration = std::chrono::nanoseconds(std::llround(step.seconds * 1e9)) + patience(plan);
  // Little's law: as many are busy at the same time if the server stays as fast. Twice as many, so
  // that a server which does not meets more than it can serve.
  const double enough = std::min(std::ceil(2 * step.rate * service_time), most);
  if (!command.keeps_connections && enough > plan.connections)
    plan.connections = static_cast<std::uint32_t>(enough);
  return plan;
}

Subcommand<SearchCommand> SearchCommand::declare(CLI::App& hammer) {
  const auto words = std::make_shared<Words>();
  auto* app = hammer.add_subcommand(
      "search", "Finds the highest rate at which limits for latency and errors hold");
  add_load_options(*app, words->load);
  app->add_option("--slo", words->slo,
                  "A limit that has to hold, as of --threshold: 'p99 < 50ms', 'errors < 0.1%'; may "
                  "be repeated")
      ->type_name("LIMIT")
      ->allow_extra_args(false)
      ->take_all();
  app->add_option("--from", words->from, "The first rate, which is doubled until it fails [100]")
      ->type_name("R");
  app->add_option("--to", words->to, "The highest rate to try [1G]")->type_name("R");
  app->add_option("--precision", words->precision,
                  "Stop where a rate that holds and one that does not are so close [2%]")
      ->type_name("SHARE");
  app->add_option("--hold", words->hold, "In the end hold the highest rate for TIME [30s]")
      ->type_name("TIME");
  app->add_option("--max-time", words->max_time, "End the search after TIME at the latest [5m]")
      ->type_name("TIME");
  app->add_flag("--no-progress", words->no_progress, "No progress line on a terminal");
  app->footer(
      "  hammer search --slo 'p99 < 50ms' --slo 'errors < 0.1%' http://127.0.0.1:8080/\n"
      "A rate has three trials at least, of 3 s each unless -z says otherwise; with -z 10s the "
      "answer is more exact. Unless -c says how many, there are as many connections as the rate "
      "needs.\n"
      "Exit codes:\n"
      "  0   found\n"
      "  1   could not run\n"
      "  2   usage\n"
      "  3   hammer or its machine is the limit, or there was no time to hold the rate\n"
      "  99  the limits do not hold at the first rate already");
  return {app, [words] { return read(*words); }};
}

int SearchCommand::run(const Invocation& invocation) const {
  Output output(invocation.output);
  note_without_effect(load);
  print_note(
      fmt::format("trials of {}, three or more for each rate; it ends after {} at the latest",
                  format_duration(search.trial), format_duration(to_seconds(longest))));
  Searching searching(*this, invocation.output.colour);
  std::optional<std::string> failure;
  try {
    searching.go_on();
  } catch (const RunError& error) {
    if (searching.report().trials.empty()) throw;
    failure = error.what();
  }
  SearchReport& report = searching.report();
  report.was_stopped = report.was_stopped || failure;
  const auto style = output.style();
  output.write([&] { return search_text(report, style); }, [&] { return search_json(report); });
  if (const auto signal = searching.signal()) return 128 + *signal;
  if (failure) throw RunError(*failure);
  return exit_code_of(report);
}

}  // namespace tws
