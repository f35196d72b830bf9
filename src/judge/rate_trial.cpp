#include "judge/rate_trial.hpp"

#include "diagnose/facts.hpp"
#include "diagnose/kinds.hpp"
#include "judge/values.hpp"
#include "tws/measure/facts.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace tws {
namespace {

Missed what_was_missed(const diagnosis::Facts& facts, const std::vector<Outcome>& outcomes) {
  // A thread may take a moment to start, or notice the end of the run before another one.
  const auto few = std::max<std::uint64_t>(facts.due / 100, 3);
  if (facts.run.tally.never_begun > few) return Missed::never_begun;
  if (facts.growing_latency) return Missed::queue;
  return overall(outcomes) == Result::pass ? Missed::nothing : Missed::slo;
}

// With the rate kept nothing was full. Then it is the server's if judge() says that the number is.
bool is_servers(const diagnosis::Facts& facts, std::string_view id,
                const std::vector<Outcome>& outcomes) {
  if (id == "rate") return overall(outcomes) == Result::fail;
  // They make no rate the server's, and are its doing.
  if (judging::is_failing_server(id) || id == "upstream-ports") return true;
  return id == "none" || diagnosis::limit_of(facts, id).rate;
}

// Where a rate was kept, but the latency is not the server's, the reason is not known.
bool says_why(const RateTrial& trial) {
  const auto& id = trial.verdict.limited_by;
  return id != "none" && (id != "rate" || trial.is_servers);
}

// Of the trials of a rate that did not hold, one with the verdict that says why in most of them;
// nothing if all held.
const RateTrial* missed_at(double rate, const std::vector<RateTrial>& trials) {
  std::map<std::string_view, unsigned> count;
  const auto is_one = [&](const RateTrial& trial) {
    return trial.step.rate == rate && !trial.holds();
  };
  for (const RateTrial& trial : trials)
    if (is_one(trial) && says_why(trial)) ++count[trial.verdict.limited_by];
  const auto weight = [&](const RateTrial& trial) {
    return says_why(trial) ? count[trial.verdict.limited_by] : 0;
  };
  const RateTrial* found = nullptr;
  for (const RateTrial& trial : trials)
    if (is_one(trial) && (!found || weight(trial) > weight(*found))) found = &trial;
  return found;
}

// The mean at the highest of the rates that hold, in seconds.
std::optional<double> usual_service_time(const Search& search,
                                         const std::vector<RateTrial>& trials) {
  const TriedRate* low = search.lower();
  std::optional<double> seconds;
  for (const RateTrial& trial : trials)
    if (low && trial.step.rate == low->rate && trial.holds()) seconds = trial.service_time;
  return seconds;
}

}  // namespace

std::string_view name(Missed missed) {
  constexpr std::array<std::string_view, 4> names{"nothing", "neverBegun", "queue", "slo"};
  return names[static_cast<std::size_t>(missed)];
}

RateTrial judged_trial(const SearchStep& step, const Run& run) {
  const Tally& tally = run.tally;
  const auto quantile = [&](double share) {
    const auto found = latency_quantile(tally, share);
    return found ? std::optional(found->seconds) : std::nullopt;
  };
  const Diagnosis diagnosis = diagnose(run);
  const auto facts = diagnosis::facts_of(run);
  RateTrial trial;
  trial.step = step;
  trial.plan = run.plan;
  trial.outcomes = judge(run, diagnosis);
  trial.missed = what_was_missed(facts, trial.outcomes);
  trial.due = facts.due;
  trial.never_begun = tally.never_begun;
  trial.ended = ended(tally);
  trial.failed = trial.ended - tally.successes();
  trial.p50 = quantile(0.5);
  trial.p99 = quantile(0.99);
  trial.service_time = tally.service_time.mean();
  trial.fastest = tally.service_time.min();
  trial.verdict = diagnosis.verdict;
  trial.is_servers = is_servers(facts, diagnosis.verdict.limited_by, trial.outcomes);
  const auto limit =
      std::ranges::find(diagnosis.findings, diagnosis.verdict.limited_by, &Finding::id);
  if (limit != diagnosis.findings.end()) trial.remedies = limit->remedies;
  return trial;
}

std::optional<Stop> what_stops(const Search& search, const std::vector<RateTrial>& trials) {
  Stop stop;
  for (const Holds holds : {Holds::no, Holds::sometimes})
    for (const TriedRate& one : search.rates()) {
      if (search.holds(one) != holds) continue;
      const RateTrial* missed = missed_at(one.rate, trials);
      if (missed && (!stop.trial || (!says_why(*stop.trial) && says_why(*missed))))
        stop.trial = missed;
    }
  if (!stop.trial) return {};
  constexpr double nearly_all = 0.8;
  const auto service_time = usual_service_time(search, trials);
  // Little's law: connections that are busy at the same time.
  const double busy =
      stop.trial->step.rate * service_time.value_or(stop.trial->fastest.value_or(0));
  stop.lacks_connections =
      stop.trial->missed != Missed::slo && busy >= nearly_all * stop.trial->plan.connections;
  return stop;
}

}  // namespace tws
