// What the report says of each URL, if a run asks for several.
#include "http/url.hpp"
#include "report/text_parts.hpp"
#include "support/units.hpp"
#include "tws/measure/facts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace tws {
namespace {

constexpr std::size_t most_rows = 16;

double mean_of(const UrlTally& url) {
  return ratio(to_seconds(url.answering), static_cast<double>(url.responses)).value_or(0);
}

std::string time_text(std::optional<double> seconds) {
  return seconds ? format_duration(*seconds) : "-";
}

// Of several targets with the host.
std::string row_of(const UrlTally& url, bool has_several_targets) {
  const auto responses = static_cast<double>(url.responses);
  const auto path = url.url.substr(path_begin(url.url));
  return fmt::format("  {:>9} {:>8} {:>7} {:>8} {:>8} {:>8}  {} {}\n", format_count(url.responses),
                     format_count(url.responses - url.successes), format_count(url.failed),
                     time_text(ratio(to_seconds(url.answering), responses)),
                     time_text(url.latency.quantile(0.5)), time_text(url.latency.quantile(0.99)),
                     url.method,
                     has_several_targets ? url.url
                     : path.empty()      ? "/"
                                         : path);
}

}  // namespace

std::string urls_text(const Run& run) {
  if (run.tally.by_url.empty()) return {};
  std::vector<const UrlTally*> all;
  for (const auto& url : run.tally.by_url) all.push_back(&url);
  std::string text = "URLs:\n";
  if (all.size() > most_rows) {
    std::ranges::stable_sort(all, std::ranges::greater{},
                             [](const UrlTally* url) { return mean_of(*url); });
    text = fmt::format("URLs, the {} with the longest average of {}:\n", most_rows,
                       format_count(all.size()));
    all.resize(most_rows);
  }
  text += fmt::format("  {:>9} {:>8} {:>7} {:>8} {:>8} {:>8}\n", "responses", "refused", "failed",
                      "average", "p50", "p99");
  for (const auto* url : all) text += row_of(*url, run.targets.size() > 1);
  return text;
}

}  // namespace tws
