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
  return f.run.simulated || f.run.plan.rate || f.while_ports_lasted || f.search_shows ||
         f.attempts_failed > 0 || !load_got_through(f) || stall(f) || server_gone(f) ||
         time_wait_collision(f) || ephemeral_ports(f) || time_wait_reuse(f) || port_search(f) ||
         (f.budget.burst && f.ports_held >= f.budget.tuples / 2);
}

std::string mean_of(const TargetTally& target) {
  return format_duration(to_seconds(target.answering) / static_cast<double>(target.responses));
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
      faster
          ? "Caches that fill and code that is compiled while it runs make a server faster. The "
            "mean of the run is between the two states."
          : "A leak, a table that fills up, garbage, or CPU credits that are spent make a server "
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
  constexpr double noticeable = 2;
  constexpr std::uint64_t fewest = 10;  // responses of a target
  const Tally& tally = f.run.tally;
  Finding finding;
  finding.severity = Severity::warning;
  finding.certainty = Certainty::measured;

  const TargetTally *fastest = nullptr, *slowest = nullptr;
  for (const TargetTally& one : tally.by_target) {
    if (one.responses < fewest) continue;
    const auto is_slower = [](const TargetTally& a, const TargetTally& b) {
      return to_seconds(a.answering) * static_cast<double>(b.responses) >
             to_seconds(b.answering) * static_cast<double>(a.responses);
    };
    if (!fastest || is_slower(*fastest, one)) fastest = &one;
    if (!slowest || is_slower(one, *slowest)) slowest = &one;
  }
  const auto seconds_each = [](const TargetTally& one) {
    return to_seconds(one.answering) / static_cast<double>(one.responses);
  };
  if (fastest && seconds_each(*slowest) >= noticeable * seconds_each(*fastest)) {
    const auto url = [&](const TargetTally* one) {
      return f.run.targets.at(static_cast<std::size_t>(one - tally.by_target.data())).url;
    };
    finding.headline = fmt::format(
        "The targets are not equally fast: a response took {} on average from {}, {} from {}.",
        mean_of(*fastest), url(fastest), mean_of(*slowest), url(slowest));
    finding.why = "Rate and latency of the whole run are of neither.";
    for (std::size_t i = 0; i < std::min(tally.by_target.size(), f.run.targets.size()); ++i)
      if (const TargetTally& one = tally.by_target[i]; one.responses > 0)
        finding.evidence.push_back(
            {f.run.targets[i].url,
             fmt::format("{}, {} on average", plural(one.responses, "response"), mean_of(one)),
             "hammer"});
    finding.remedies.push_back({fmt::format("hammer {}", url(slowest)), "measures it alone"});
    return finding;
  }

  constexpr double enough = 0.5, few = 0.05;
  const Histogram& means = tally.mean_by_connection;
  const double low = means.quantile(few).value_or(0), high = means.quantile(1 - few).value_or(0);
  if (means.count() < 4 || low <= 0 || high < noticeable * low ||
      tally.spread.explained_by_connection() < enough)
    return {};
  finding.headline = fmt::format(
      "Some connections are served more slowly than others: the mean latency of a connection is "
      "between {} and {}.",
      format_duration(low), format_duration(high));
  finding.why =
      "A connection stays with one worker, process or back end. Some of these are slower than "
      "others, or have more connections than others. Rate and latency of the whole run are means "
      "over all of them.";
  finding.evidence.push_back(
      {fmt::format("mean latency of {}: 5%, half, 95%", plural(means.count(), "connection")),
       fmt::format("{}, {}, {}", format_duration(low),
                   format_duration(means.quantile(0.5).value_or(0)), format_duration(high)),
       "hammer"});
  finding.evidence.push_back({"variance of the latencies that the connection explains",
                              percent(tally.spread.explained_by_connection()), "hammer"});
  finding.remedies.push_back({"look at the server's workers or back ends one by one",
                              "which of them is slow, or has most connections"});
  return finding;
}

}  // namespace tws::diagnosis
