#include "diagnose/findings.hpp"
#include "diagnose/stages.hpp"
#include "support/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace tws::diagnosis {
namespace {

std::string per_second(double rate) {
  return rate < 10 ? fmt::format("{:.2g}", rate) : rounded(rate);
}

// "1,000", or "100 to 5,000" in a ramp.
std::string asked_for(const Plan& plan) {
  return plan.profile.stages.empty() ? per_second(*plan.rate)
                                     : stage_values(plan.profile.stages.front());
}

// Little's law: connections that are busy at the same time.
double busy_at(const Facts& f, double rate) {
  return rate * f.run.tally.service_time.mean().value_or(0);
}

Finding kept(const Facts& f) {
  const double asked = *f.run.plan.rate;
  Finding finding;
  finding.severity = Severity::limit;
  finding.headline = fmt::format(
      "{} requests per second were asked for and sent, {} of {} answered by the end.",
      asked_for(f.run.plan), format_count(f.run.tally.responses()), format_count(f.due));
  finding.why =
      "hammer sent each request when it was due, so the rate is the plan's own and says nothing "
      "about "
      "what the server can do; the latencies are those at this rate.";
  finding.evidence.push_back({"connections busy on average",
                              fmt::format("{:.1f} of {}", busy_at(f, f.response_rate),
                                          format_count(f.run.plan.connections)),
                              "rate x mean time of a response"});
  if (!f.run.plan.profile.stages.empty()) return finding;
  finding.remedies.push_back({fmt::format("-q {:.10g}", 2 * asked),
                              fmt::format("twice the rate, if the server stays as fast: {:.1f} "
                                          "connections busy",
                                          busy_at(f, 2 * asked))});
  finding.remedies.push_back({"leave out -q", "as many as the server answers"});
  return finding;
}

// "connect: ECONNREFUSED"
std::string most_frequent_failure(const Tally& tally) {
  std::string kind;
  std::uint64_t most = 0;
  for (const auto* failures : {&tally.attempts_failed, &tally.requests_failed})
    for (const auto& [one, failure] : *failures)
      if (failure.count > std::exchange(most, std::max(most, failure.count))) kind = name(one);
  if (tally.latency_of_refused.count() > most) kind = "a status of 400 or more";
  return kind;
}

// What was sent failed.
void say_failed(const Facts& f, std::uint64_t failed, Finding& finding) {
  finding.headline = fmt::format(
      "{} requests per second were asked for; of {} that were due {} failed, most by {}.",
      asked_for(f.run.plan), format_count(f.due), format_count(failed),
      most_frequent_failure(f.run.tally));
  finding.why =
      "hammer sent them, and what came of it is under Error and Status code distribution.";
}

// All connections were busy: for a while, or all the time.
void say_late(const Facts& f, Finding& finding) {
  const Tally& tally = f.run.tally;
  const double asked = *f.run.plan.rate;
  const bool caught_up = tally.never_begun * 100 <= f.due;
  const auto needed = whole(std::ceil(busy_at(f, asked)));
  finding.headline = fmt::format(
      "{} requests per second were asked for and {} answered: {} of {} found no connection free "
      "when "
      "they were due.",
      asked_for(f.run.plan), per_second(f.response_rate), format_count(f.late),
      format_count(f.due));
  finding.why =
      caught_up && needed <= f.run.plan.connections
          ? "All connections were busy for a while, and hammer caught up: the server stood still "
            "or "
            "was slower for a time. Latency counts from when a request was due, so it has the "
            "waiting "
            "in it."
          : "All connections were busy with earlier requests. Latency counts from when a request "
            "was "
            "due, so it grows while the run falls behind; the time from when it was sent is in the "
            "report under Rate.";
  if (needed > f.run.plan.connections)
    finding.remedies.push_back(
        {fmt::format("-c {}", needed),
         fmt::format("as many as are busy at {} per second, if the server stays as fast",
                     per_second(asked))});
}

// All were sent in time, and waited longer and longer.
void say_growing(const Facts& f, Finding& finding) {
  finding.certainty = Certainty::concluded;
  finding.headline = fmt::format(
      "{} requests per second were asked for and sent, but the latency grew from {} in the first "
      "third of the run to {} in the last.",
      asked_for(f.run.plan), format_duration(f.growing_latency->first),
      format_duration(f.growing_latency->last));
  finding.why =
      "Probably the server answers fewer than that per second, and the others stand in line: with "
      "more time the line grows until all connections are busy. Or the server became slower during "
      "the run.";
  finding.remedies.push_back({"leave out -q", "as many as the server answers"});
}

Finding missed(const Facts& f) {
  const Tally& tally = f.run.tally;
  Finding finding;
  finding.severity = Severity::warning;
  const auto failed = total(tally.attempts_failed) + total(tally.requests_failed) +
                      tally.latency_of_refused.count();
  if (f.growing_latency)
    say_growing(f, finding);
  else if (failed > f.late)
    say_failed(f, failed, finding);
  else
    say_late(f, finding);
  finding.evidence.push_back(
      {"late, never sent, failed",
       fmt::format("{}, {}, {} of {}", format_count(tally.begun_late),
                   format_count(tally.never_begun), format_count(failed), format_count(f.due)),
       "-q, the schedule"});
  if (tally.never_begun > 0)
    finding.evidence.push_back(
        {"the oldest was due",
         fmt::format("{} before the end", format_duration(to_seconds(tally.oldest_never_begun))),
         "-q, the schedule"});
  return finding;
}

}  // namespace

std::optional<Finding> rate(const Facts& f) {
  if (!f.run.plan.rate || f.due == 0) return {};
  return f.rate_is_kept ? kept(f) : missed(f);
}

}  // namespace tws::diagnosis
