#include "judge/metric.hpp"

#include "support/nearest.hpp"
#include "support/units.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <utility>
#include <vector>

namespace tws {
namespace {

using Of = Metric::Of;
using As = Metric::As;

constexpr std::string_view latency = "latency of successes";
constexpr std::string_view phases =
    "time to the first byte, of connecting, of TLS; min and so on, too";
constexpr std::string_view counts = "a share, a number or N/s";

constexpr std::array known{
    MetricName{"pN", latency, true},
    MetricName{"min", latency, true},
    MetricName{"mean", latency, true},
    MetricName{"max", latency, true},
    MetricName{"stddev", latency, true},
    MetricName{"first-byte.pN", phases, true},
    MetricName{"connect.pN", phases, true},
    MetricName{"handshake.pN", phases, true},
    MetricName{"rate", "successes per second", true},
    MetricName{"achieved", "share of what --rate asks for", true},
    MetricName{"successes", counts, true},
    // Of errors there may be none, and nothing is any number of times more than none.
    MetricName{"errors", counts, false},
    MetricName{"status.5xx", counts, false},
    MetricName{"status.404", counts, false},
    MetricName{"attempts", "attempts to connect: a number or N/s", true},
};

std::string listed(bool comparable_only) {
  std::vector<std::string> forms;
  for (const auto& one : known)
    if (one.comparable || !comparable_only)
      forms.push_back(one.form == "pN" ? "pN (such as p99 or p99.9)" : std::string(one.form));
  return fmt::format("{}", fmt::join(forms, ", "));
}

// "404", "5xx"; the first digit is 1 to 5 (RFC 9110 15).
bool read_statuses(std::string_view text, Metric& metric) {
  if (text.size() != 3 || text[0] < '1' || text[0] > '5') return false;
  if (text.substr(1) == "xx") {
    metric.lowest = (text[0] - '0') * 100;
    metric.highest = metric.lowest + 99;
    return true;
  }
  const auto status = parse_number(text, 999);
  if (status) metric.lowest = metric.highest = static_cast<int>(*status);
  return status.has_value();
}

// What a time is taken as: "p99", "mean".
bool read_as(std::string_view word, Metric& metric) {
  constexpr std::array<std::pair<std::string_view, As>, 4> names{
      {{"min", As::min}, {"mean", As::mean}, {"max", As::max}, {"stddev", As::deviation}}};
  for (const auto& [name, as] : names) {
    if (word != name) continue;
    metric.as = as;
    return true;
  }
  if (!word.starts_with('p')) return false;
  const auto share = hundredths(word.substr(1));
  if (!share || *share <= 0 || *share >= 1) return false;
  metric.share = *share;
  return true;
}

}  // namespace

std::optional<Metric> metric_of(std::string_view name) {
  Metric metric;
  if (read_as(name, metric)) return metric;
  constexpr std::array<std::pair<std::string_view, Of>, 5> names{{{"rate", Of::rate},
                                                                  {"attempts", Of::attempts},
                                                                  {"errors", Of::errors},
                                                                  {"successes", Of::successes},
                                                                  {"achieved", Of::achieved}}};
  for (const auto& [word, of] : names) {
    metric.of = of;
    if (name == word) return metric;
  }
  const auto dot = std::min(name.find('.'), name.size());
  const auto group = name.substr(0, dot), rest = name.substr(std::min(dot + 1, name.size()));
  metric.of = Of::status;
  if (group == "status") return read_statuses(rest, metric) ? std::optional(metric) : std::nullopt;
  constexpr std::array<std::pair<std::string_view, Of>, 3> times{
      {{"connect", Of::connect}, {"handshake", Of::handshake}, {"first-byte", Of::first_byte}}};
  for (const auto& [word, of] : times) {
    metric.of = of;
    if (group == word && read_as(rest, metric)) return metric;
  }
  return {};
}

std::optional<double> hundredths(std::string_view text) {
  if (text.empty() || text.find_first_not_of("0123456789.") != std::string_view::npos) return {};
  const auto number = std::string(text) + "e-2";
  char* end = nullptr;
  const double value = std::strtod(number.c_str(), &end);
  if (*end != '\0') return {};
  return value;
}

std::span<const MetricName> metric_names() {
  return known;
}

std::string all_metrics() {
  return listed(false);
}

std::string comparable_metrics() {
  return listed(true);
}

std::string metrics_help() {
  std::string text;
  for (std::size_t i = 0; i < known.size(); ++i) {
    const bool begins = i == 0 || known[i].words != known[i - 1].words;
    const bool ends = i + 1 == known.size() || known[i].words != known[i + 1].words;
    text += fmt::format("{}{}", begins ? (i == 0 ? "" : "\n") : ", ", known[i].form);
    if (ends) text += fmt::format(": {}", known[i].words);
  }
  return text;
}

std::string did_you_mean(std::string_view name) {
  std::vector<std::string> candidates;
  for (const auto& one : known)
    if (!one.form.starts_with('p')) candidates.emplace_back(one.form);
  const auto near = nearest(name, candidates);
  return near.empty() ? near : fmt::format("; did you mean {}?", near);
}

bool is_comparable(const Metric& metric) {
  return metric.of != Of::errors && metric.of != Of::status;
}

std::string what_lacks(const Metric& metric, const Plan& plan) {
  if (metric.of == Of::achieved && !plan.is_paced()) return "'achieved' needs --rate";
  if (metric.of == Of::handshake && !plan.has_https())
    return "no URL has https, so there is no handshake";
  return {};
}

}  // namespace tws
