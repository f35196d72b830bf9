#include "findings.hpp"

#include "tws/support/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace tws::diagnosis {
namespace {

std::string per_second(double rate) {
  return rate < 10 ? fmt::format("{:.2g}", rate)
                   : format_count(static_cast<std::uint64_t>(std::llround(rate)));
}

// Little's law: connections that are busy at the same time.
double busy_at(const Facts& f, double rate) {
  return rate * f.run.tally.service_time.mean().value_or(0);
}

Finding kept(const Facts& f) {
  const double asked = *f.run.plan.rate;
  Finding finding;
  finding.severity = Severity::limit;
  finding.headline =
      fmt::format("{} requests per second were asked for, and all were sent and answered.",
                  per_second(asked));
  finding.why =
      "hammer sent each request when it was due, so the rate is the plan's own and says nothing about "
      "what the server can do; the latencies are those at this rate.";
  finding.evidence.push_back({"connections busy on average",
                              fmt::format("{:.1f} of {}", busy_at(f, f.response_rate),
                                          format_count(f.run.plan.connections)),
                              "rate x mean time of a response"});
  finding.remedies.push_back({fmt::format("-q {:.10g}", 2 * asked),
                              fmt::format("twice the rate, if the server stays as fast: {:.1f} "
                                          "connections busy",
                                          busy_at(f, 2 * asked))});
  finding.remedies.push_back({"leave out -q", "as many as the server answers"});
  return finding;
}

Finding missed(const Facts& f) {
  const Tally& tally = f.run.tally;
  const double asked = *f.run.plan.rate;
  Finding finding;
  finding.severity = Severity::warning;
  finding.headline = fmt::format(
      "{} requests per second were asked for and {} answered: {} of {} found no connection free when "
      "they were due.",
      per_second(asked), per_second(f.response_rate),
      format_count(tally.begun_late + tally.never_begun), format_count(f.due));
  finding.why =
      "All connections were busy with earlier requests. Latency counts from when a request was due, "
      "so it grows while the run falls behind; the time from when it was sent is in the report under "
      "Rate.";
  finding.evidence.push_back({"due and never sent",
                              fmt::format("{}, the oldest for {}", format_count(tally.never_begun),
                                          format_duration(to_seconds(tally.oldest_never_begun))),
                              "-q, the schedule"});
  const auto needed = static_cast<std::uint64_t>(std::ceil(busy_at(f, asked)));
  if (needed > f.run.plan.connections)
    finding.remedies.push_back(
        {fmt::format("-c {}", needed),
         fmt::format("as many as are busy at {} per second, if the server stays as fast",
                     per_second(asked))});
  if (f.response_rate > 0)
    finding.remedies.push_back({fmt::format("-q {}", static_cast<std::uint64_t>(
                                                         std::max(0.9 * f.response_rate, 1.0))),
                                "a rate that was reached here"});
  return finding;
}

}  // namespace

std::optional<Finding> rate(const Facts& f) {
  if (!f.run.plan.rate || f.due == 0) return {};
  Finding finding = f.rate_is_kept ? kept(f) : missed(f);
  finding.id = "rate";
  return finding;
}

}  // namespace tws::diagnosis
