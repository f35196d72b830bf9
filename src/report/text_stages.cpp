// What a load that changes over time adds to the report: the warm-up, and a row for each stage.
#include "diagnose/stages.hpp"
#include "report/paint.hpp"
#include "report/summary.hpp"
#include "report/text_parts.hpp"
#include "report/words.hpp"
#include "support/units.hpp"
#include "tws/measure/facts.hpp"

#include <fmt/format.h>

namespace tws {
namespace {

constexpr std::string_view columns_format = "{:>4}  {:<19}{:>8}{:>11}{:>12}{:>13}{:>11}\n";

std::string per_second(std::uint64_t count, double seconds) {
  const auto rate = ratio(static_cast<double>(count), seconds);
  if (!rate) return "-";
  return *rate < 100 ? fmt::format("{:.1f}", *rate) : format_count(whole(*rate));
}

std::string latency(const Tally& tally, double share) {
  const auto quantile = latency_quantile(tally, share);
  if (!quantile) return "-";
  return (quantile->lower_bound ? ">= " : "") + format_duration(quantile->seconds);
}

}  // namespace

std::string warm_up_text(const Run& run) {
  if (!run.warm_up) return {};
  const WarmUp& before = *run.warm_up;
  auto text = fmt::format("Warm-up: {} before this report, with {}, {} and {}.\n",
                          format_duration(before.seconds), plural(before.connected, "connection"),
                          plural(before.responses, "response"), plural(before.failures, "failure"));
  text += "  Connections went on after it, and what the kernel held stayed";
  if (!run.sockets_before) return text + ".\n";
  return text + fmt::format(": {} in use at the start.\n",
                            plural(run.sockets_before->client_ports, "client port"));
}

std::string stages_text(const Run& run) {
  if (run.stages.empty()) return {};
  const bool is_rate = run.plan.profile.varied == Varied::rate;
  auto text = std::string("Stages:\n") + fmt::format(fmt::runtime(columns_format), "",
                                                     is_rate ? "requests/s" : "connections", "for",
                                                     "made/s", "p50", "p99", "succeeded");
  for (std::size_t i = 0; i < run.stages.size(); ++i) {
    const StageRun& stage = run.stages[i];
    const auto success = success_rate(stage.tally);
    text += fmt::format(
        fmt::runtime(columns_format), i + 1, diagnosis::stage_values(run.plan.profile.stages[i]),
        format_duration(stage.seconds), per_second(stage.tally.successes(), stage.seconds),
        latency(stage.tally, 0.5), latency(stage.tally, 0.99),
        success ? format_percent(*success) : "-");
  }
  return text;
}

}  // namespace tws
