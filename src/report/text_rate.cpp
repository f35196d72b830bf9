#include "diagnose/stages.hpp"
#include "report/paint.hpp"
#include "report/summary.hpp"
#include "report/text_parts.hpp"
#include "support/units.hpp"

#include <fmt/format.h>

namespace tws {
namespace {

std::string at(const Quantiles& all, std::size_t i) {
  return all[i] ? format_duration(all[i]->seconds) : "-";
}

std::string asked(const Plan& plan) {
  if (plan.rate) return fmt::format("{:.10g} requests/s", *plan.rate);
  const auto& stages = plan.profile.stages;
  if (stages.size() > 1) return fmt::format("{}, see Stages", plural(stages.size(), "stage"));
  return diagnosis::stage_load(plan.profile, stages.front());
}

}  // namespace

// What a rate adds: whether it was kept to, and how much of the latency is waiting for a
// connection.
std::string rate_text(const Run& run) {
  const auto kept = rate_kept(run);
  if (!kept) return {};
  const Tally& tally = run.tally;
  const auto share =
      ratio(static_cast<double>(kept->begun), static_cast<double>(kept->due)).value_or(1);
  std::string text =
      fmt::format("Rate:\n  asked:\t{}\n  begun:\t{} of {} that were due, {}\n", asked(run.plan),
                  format_count(kept->begun), format_count(kept->due), format_percent(share));
  if (tally.begun_late > 0 || tally.never_begun > 0)
    text += fmt::format("  late:\t{} found no connection free when they were due\n",
                        format_count(tally.begun_late + tally.never_begun));
  if (tally.never_begun > 0)
    text += fmt::format("  never sent:\t{} at {}, the oldest due {} before\n",
                        format_count(tally.never_begun), end_of_run(run),
                        format_duration(to_seconds(tally.oldest_never_begun)));
  constexpr std::size_t p50 = 2, p99 = 6;
  const auto row = [&](std::string_view what, const Histogram& times) {
    const auto all = quantiles(times);
    return fmt::format("  {}:\t{} in 50.00%, {} in 99.00%, {} at most\n", what, at(all, p50),
                       at(all, p99), times.max() ? format_duration(*times.max()) : "-");
  };
  return text + row("begun after", tally.begin_delay) + row("then took", tally.service_time) +
         "  Response times above count from when a request was due.\n";
}

}  // namespace tws
