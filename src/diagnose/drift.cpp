// What hides behind a mean: a server that changes during the run, targets or workers that differ.
#include "diagnose/findings.hpp"
#include "diagnose/trend.hpp"
#include "support/units.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tws::diagnosis {
namespace {

// What happens to ports and failures changes the rate, too, and has findings of its own.
bool has_another_reason(const Facts& f) {
  return f.run.simulated || f.run.plan.rate || !f.run.plan.profile.stages.empty() ||
         f.while_ports_lasted || f.search_shows || f.attempts_failed > 0 || !load_got_through(f) ||
         stall(f) || server_gone(f) || time_wait_collision(f) || ephemeral_ports(f) ||
         time_wait_reuse(f) || port_search(f) ||
         (f.budget.burst && f.ports_held >= f.budget.tuples / 2);
}

double mean_of(const TargetTally& target) {
  return to_seconds(target.answering) / static_cast<double>(target.responses);
}

constexpr double noticeably_slower = 2;  // times

std::optional<Finding> unequal_targets(const Facts& f) {
  const auto& all = f.run.tally.by_target;
  std::vector<std::size_t> known;  // with enough responses
  for (std::size_t i = 0; i < std::min(all.size(), f.run.targets.size()); ++i)
    if (all[i].responses >= fewest_to_compare) known.push_back(i);
  if (known.size() < 2) return {};
  const auto [fastest, slowest] =
      std::ranges::minmax(known, {}, [&](std::size_t i) { return mean_of(all[i]); });
  if (mean_of(all[slowest]) <= 0 ||
      mean_of(all[slowest]) < noticeably_slower * mean_of(all[fastest]))
    return {};
  Finding finding;
  finding.headline = fmt::format(
      "The targets are not equally fast: a response took {} on average from {}, {} from {}.",
      format_duration(mean_of(all[fastest])), f.run.targets[fastest].url,
      format_duration(mean_of(all[slowest])), f.run.targets[slowest].url);
  finding.why = "Rate and latency of the whole run are of neither.";
  for (const auto i : known)
    finding.evidence.push_back(
        {f.run.targets[i].url,
         fmt::format("{}, {} on average", plural(all[i].responses, "response"),
                     format_duration(mean_of(all[i]))),
         "hammer"});
  finding.remedies.push_back(
      {fmt::format("hammer {}", f.run.targets[slowest].url), "measures it alone"});
  return finding;
}

std::optional<Finding> unequal_connections(const Facts& f) {
  constexpr double enough = 0.5, few = 0.05;
  const Histogram& means = f.run.tally.mean_by_connection;
  const double low = means.quantile(few).value_or(0), high = means.quantile(1 - few).value_or(0);
  const double explained = f.run.tally.spread.explained_by_connection();
  if (means.count() < 4 || low <= 0 || high < noticeably_slower * low || explained < enough)
    return {};
  Finding finding;
  finding.headline = fmt::format(
      "Some connections are served more slowly than others: the mean latency of a connection is "
      "between {} and {}.",
      format_duration(low), format_duration(high));
  finding.why =
      "Usually a connection stays with one worker, process or back end: then some of these are "
      "slower than others, or have more connections. Rate and latency of the whole run are means "
      "over all of them.";
  finding.evidence.push_back(
      {fmt::format("mean latency of {}: 5%, half, 95%", plural(means.count(), "connection")),
       fmt::format("{}, {}, {}", format_duration(low),
                   format_duration(means.quantile(0.5).value_or(0)), format_duration(high)),
       "hammer"});
  finding.evidence.push_back(
      {"variance of the latencies that the connection explains", percent(explained), "hammer"});
  finding.remedies.push_back({"look at the server's workers or back ends one by one",
                              "which of them is slow, or has most connections"});
  return finding;
}

}  // namespace

std::optional<Finding> drift(const Facts& f) {
  constexpr double noticeable = 1.33;
  constexpr std::uint64_t fewest_each = 3;  // successes per sample, on average
  if (has_another_reason(f) ||
      f.run.tally.successes() < fewest_each * std::max<std::size_t>(f.run.timeline.size(), 1))
    return {};
  const auto trend = trend_of(rates_over_time(f.run));
  if (!trend || trend->first <= 0 || trend->last <= 0 ||
      (trend->change() < noticeable && trend->change() > 1 / noticeable))
    return {};
  const bool faster = trend->change() > 1;
  Finding finding;
  finding.severity = Severity::warning;
  finding.certainty = Certainty::measured;
  finding.headline =
      fmt::format("The rate {} during the run: {}/s in its first third, {}/s in its last.",
                  faster ? "rose" : "fell", rounded(trend->first), rounded(trend->last));
  finding.why =
      faster ? "Caches that fill and code that is compiled while it runs can make a server faster. "
               "The "
               "mean of the run is between the two states."
             : "A leak, a table that fills up, garbage, or CPU credits that are spent can make a "
               "server "
               "slower; so does another program on its machine. The mean of the run is between the "
               "two states.";
  finding.evidence.push_back({"successes/s, first and last third",
                              fmt::format("{}, {}", rounded(trend->first), rounded(trend->last)),
                              "medians of the samples"});
  finding.remedies.push_back({fmt::format("-z {:.0f}s", std::max(10.0, 5 * f.seconds)),
                              "a longer run shows whether the rate settles, and at what; --out "
                              "csv=FILE has it by second"});
  return finding;
}

std::optional<Finding> unequal_latency(const Facts& f) {
  auto finding = unequal_targets(f);
  if (!finding) finding = unequal_connections(f);
  if (!finding) return {};
  finding->severity = Severity::warning;
  finding->certainty = Certainty::measured;
  return finding;
}

}  // namespace tws::diagnosis
