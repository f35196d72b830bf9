#include "tws/judge/judge.hpp"

#include "judge/values.hpp"
#include "support/units.hpp"
#include "tws/measure/facts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace tws {
namespace {

using judging::Value;
using Of = Metric::Of;

bool is_upper(const Threshold& threshold) {
  return threshold.relation <= Relation::at_most;
}

// Which results the verdict allows for a number.
struct Trust {
  bool pass = true, fail = true;
  std::string why{};  // one of them is not allowed
};

// What fails on this machine or on the way, before the server can have a part in it.
constexpr std::array<std::string_view, 6> on_the_way{"no-address",      "ephemeral-ports",
                                                     "time-wait-reuse", "time-wait-collision",
                                                     "port-search",     "conntrack"};

std::string see_verdict(std::string_view what, const Verdict& verdict) {
  return fmt::format("the {} not the server's ({})", what,
                     verdict.limited_by == "none" ? "see the verdict" : verdict.limited_by);
}

std::string not_through(const Verdict& verdict) {
  return fmt::format("it is of the successes alone, and the load did not get through ({})",
                     verdict.limited_by);
}

// With a rate that was kept the server had the load that was asked for, and what the client adds to
// a latency makes it longer: that can't make it pass.
Trust of_latency(const Threshold& threshold, const Verdict& verdict) {
  const bool may_pass =
      verdict.latency_is_servers || (verdict.limited_by == "rate" && is_upper(threshold));
  Trust trust{may_pass && verdict.got_through, verdict.latency_is_servers};
  trust.why =
      verdict.latency_is_servers ? not_through(verdict) : see_verdict("latency is", verdict);
  return trust;
}

// A server that fails makes a low rate its own, and no rate a good one.
Trust of_rate(const Verdict& verdict) {
  const bool is_asked = verdict.limited_by == "rate";
  const bool failed = judging::is_failing_server(verdict.limited_by);
  return {(verdict.rate_is_servers || is_asked) && verdict.got_through,
          verdict.rate_is_servers || is_asked || failed,
          failed ? not_through(verdict) : see_verdict("rate is", verdict)};
}

Trust of_errors(const Run& run, const Verdict& verdict) {
  const auto stayed = never_left(run.tally);
  const auto errors = ended(run.tally) - run.tally.successes();
  const bool own_files = verdict.limited_by == "open-files" && !verdict.rate_is_servers;
  const bool judged = std::ranges::count(on_the_way, verdict.limited_by) == 0 && !own_files;
  // Whoever waits for ever has no error.
  const bool waited = verdict.limited_by == "starved" || verdict.limited_by == "server-gone";
  // A few that are hammer's own change no sum of others.
  Trust trust{judged && !waited, judged && stayed * 100 <= errors};
  trust.why = stayed > 0 ? fmt::format("{} attempts never left this machine ({})",
                                       format_count(stayed), verdict.limited_by)
              : judged   ? not_through(verdict)
                         : see_verdict("errors are", verdict);
  return trust;
}

Trust trust_in(const Threshold& threshold, const Run& run, const Verdict& verdict) {
  const Of of = threshold.metric.of;
  if (threshold.metric.is_time()) return of_latency(threshold, verdict);
  // What hammer itself did.
  if (of == Of::attempts) return {};
  if (of == Of::rate || of == Of::achieved) return of_rate(verdict);
  // How many there were is a matter of the rate, unless the plan says how many there should be;
  // their share is not.
  const bool is_planned = threshold.unit == Unit::count && run.plan.requests;
  if (of == Of::successes && threshold.unit != Unit::share && !is_planned) return of_rate(verdict);
  return of_errors(run, verdict);
}

// The value of the worst window, with its end.
void look_at_windows(const Run& run, Outcome& outcome) {
  const Threshold& threshold = outcome.threshold;
  const auto& samples = run.timeline;
  const auto windows = judging::windows_of(threshold, samples, samples.size());
  if (windows.number == 0) {
    outcome.why =
        fmt::format("the run was shorter than {}", format_duration(to_seconds(*threshold.window)));
    return;
  }
  std::size_t empty = 0;
  for (std::size_t i = 0; i < windows.number; ++i) {
    const double end = windows.end(i);
    const auto value = judging::value_of(
        threshold, judging::part_of(samples, samples.size(), end - windows.length, end, threshold));
    if (!value) {
      ++empty;
      continue;
    }
    const bool is_worse =
        !outcome.value || (is_upper(threshold) ? *value > *outcome.value : *value < *outcome.value);
    if (!is_worse) continue;
    outcome.value = value;
    outcome.window_end = end;
  }
  if (empty > 0)
    outcome.why = fmt::format("in {} of {} windows nothing ended", empty, windows.number);
}

Outcome judged(const Threshold& threshold, const Run& run, const Verdict& verdict) {
  Outcome outcome;
  outcome.threshold = threshold;
  bool is_certain = true;  // whatever becomes of what was in flight
  if (threshold.window) {
    look_at_windows(run, outcome);
  } else if (const auto value = judging::value_of(threshold, run)) {
    outcome.value = value->number;
    outcome.at_least = value->at_least;
    is_certain = !value->at_least || (value->at_most && threshold.holds(*value->at_most) ==
                                                            threshold.holds(value->number));
  }
  if (!outcome.value && outcome.why.empty()) outcome.why = "there is no sample";
  if (run.signal) outcome.why = "the run was interrupted";
  if (!outcome.value || run.signal) return outcome;
  const bool holds = threshold.holds(*outcome.value) && run.stopped_by != threshold.text;
  // More than the limit already.
  is_certain = is_certain || holds != is_upper(threshold);
  if (!is_certain) {
    outcome.why = "it depends on what was in flight at the end: a longer run tells more";
    return outcome;
  }
  if (holds && !outcome.why.empty()) return outcome;  // some windows are empty
  const Trust trust = trust_in(threshold, run, verdict);
  const bool allowed = holds ? trust.pass : trust.fail;
  if (allowed) outcome.result = holds ? Result::pass : Result::fail;
  outcome.why = allowed ? std::string() : trust.why;
  return outcome;
}

}  // namespace

std::string_view name(Result result) {
  constexpr std::array<std::string_view, 3> names{"pass", "fail", "unknown"};
  return names[static_cast<std::size_t>(result)];
}

std::optional<double> Outcome::margin() const {
  if (!value) return {};
  return is_upper(threshold) ? threshold.limit - *value : *value - threshold.limit;
}

std::vector<Outcome> judge(const Run& run, const Diagnosis& diagnosis) {
  std::vector<Outcome> all;
  const auto is_judged = [&](const Threshold& threshold) {
    return std::ranges::any_of(
        all, [&](const Outcome& one) { return one.threshold.text == threshold.text; });
  };
  for (const Threshold& threshold : thresholds_of(run.plan))
    if (!is_judged(threshold)) all.push_back(judged(threshold, run, diagnosis.verdict));
  return all;
}

Result overall(const std::vector<Outcome>& outcomes) {
  const auto has = [&](Result result) {
    return std::ranges::any_of(outcomes, [=](const Outcome& one) { return one.result == result; });
  };
  if (has(Result::fail)) return Result::fail;
  return has(Result::unknown) ? Result::unknown : Result::pass;
}

}  // namespace tws
