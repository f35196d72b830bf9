// Those who wait: a time in which nobody was answered, with answers before and after it;
// connections that are not served.
#include "diagnose/findings.hpp"
#include "support/units.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tws::diagnosis {

std::optional<Finding> stall(const Facts& f) {
  constexpr double shortest = 0.3;          // seconds
  constexpr double share_of_run = 0.1;      // from which on it is a limit
  constexpr std::uint64_t fewest_each = 3;  // successes per sample of the run, on average
  const auto& samples = f.run.timeline;
  if (time_wait_collision(f) || samples.size() < 5 ||
      f.run.tally.successes() < fewest_each * samples.size())
    return {};
  double from = 0, best_from = 0, longest = 0, before = 0;
  bool began = false;
  for (const Sample& sample : samples) {
    if (sample.requests > 0) {
      if (began && before - from > longest) longest = before - from, best_from = from;
      began = true;
      from = sample.t;
    }
    before = sample.t;
  }
  if (longest < shortest) return {};
  // hammer itself did not stand still.
  if (to_seconds(f.run.tally.longest_standstill) > longest / 2) return {};
  // Answers that come in waves as all of them take so long.
  if (f.run.tally.latency.quantile(0.5).value_or(0) > longest / 3) return {};
  // In a pause all connections wait, in the tail of a run only its last request.
  constexpr double nearly = 0.8;
  const Histogram& latency = f.run.tally.latency;
  const auto waited = latency.count() - latency.count_up_to(nearly * longest);
  if (2 * waited < f.run.plan.connections) return {};
  // What so few connections wait for may be slow requests by chance.
  const bool by_chance = f.run.plan.connections < 4;
  Finding finding;
  finding.severity = longest >= share_of_run * f.seconds ? Severity::limit : Severity::warning;
  finding.certainty = by_chance ? Certainty::possible : Certainty::measured;
  finding.headline = fmt::format(
      "For {} nobody was answered, from {} on; before and after it the server answered.",
      format_duration(longest), format_duration(best_from));
  finding.why =
      "Requests waited through it, and hammer itself was running. A pause of the server does that "
      "(garbage collection, a lock, a disk, a stopped process), or one of the network.";
  if (by_chance) finding.why += " With so few connections it may also be a slow request.";
  finding.evidence.push_back(
      {"requests that waited through it, or nearly", format_count(waited), "hammer"});
  finding.evidence.push_back({"slowest response", format_duration(f.slowest_response), "hammer"});
  finding.evidence.push_back({"hammer's own longest standstill",
                              format_duration(to_seconds(f.run.tally.longest_standstill)),
                              "hammer"});
  finding.remedies.push_back(
      {"look at the server's log at that time", "what it did instead of answering"});
  return finding;
}

std::optional<Finding> starved(const Facts& f) {
  if (f.stuck == 0 || f.run.tally.responses() == 0 || server_gone(f) || time_wait_collision(f))
    return {};
  Finding finding;
  finding.severity = static_cast<double>(f.stuck) > lost_share_that_limits * f.run.plan.connections
                         ? Severity::limit
                         : Severity::warning;
  finding.certainty = Certainty::measured;
  finding.headline =
      f.stuck < f.run.plan.connections
          ? fmt::format(
                "{} of {} connections waited for an answer for more than half of the run, while "
                "the "
                "others were served.",
                format_count(f.stuck), format_count(f.run.plan.connections))
          : fmt::format(
                "All {} connections waited for an answer for more than half of the run; one after "
                "another they had met a request that is never answered.",
                format_count(f.stuck));
  finding.why =
      "A server that serves only so many connections leaves the others in its accept queue, where "
      "they look connected, or never answers some of the requests. Rate and latency are those of "
      "the connections that were served.";
  const auto summary = in_flight(f.run.tally);
  finding.evidence.push_back(
      {"longest wait at the end", format_duration(*summary.oldest), "hammer"});
  finding.evidence.push_back(
      {"slowest success", format_duration(f.run.tally.latency.max().value_or(0)), "hammer"});
  if (f.stuck < f.run.plan.connections)
    finding.remedies.push_back({fmt::format("-c {}", f.run.plan.connections - f.stuck),
                                "as many as were served here, if it is a limit of connections"});
  finding.remedies.push_back({"a higher limit of connections in the server",
                              "all are served, if none of its workers hangs"});
  return finding;
}

}  // namespace tws::diagnosis
