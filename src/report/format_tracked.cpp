// Formats of services that keep the numbers of all commits.
#include "report/formats.hpp"
#include "tws/measure/facts.hpp"
#include "tws/report/json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <optional>
#include <string_view>

namespace tws {
namespace {

namespace json = boost::json;

std::optional<double> rate_of(const Reported& one) {
  return ratio(static_cast<double>(one.run.tally.successes()), one.run.seconds);
}

std::optional<double> latency_of(const Reported& one, double share) {
  const auto value = latency_quantile(one.run.tally, share);
  return value ? std::optional(value->seconds) : std::nullopt;
}

std::optional<double> errors_of(const Reported& one) {
  const auto success = success_rate(one.run.tally);
  return success ? std::optional(1 - *success) : std::nullopt;
}

void add(json::object& measures, std::string_view name, std::optional<double> value,
         double factor = 1) {
  if (value) measures[name] = json::object{{"value", *value * factor}};
}

// The verdict goes along, because a number alone does not say whose it is.
void add(json::array& entries, const Reported& one, std::string_view what,
         std::optional<double> value, std::string_view unit, double factor = 1) {
  if (!value) return;
  entries.emplace_back(json::object{{"name", fmt::format("{}: {}", one.name, what)},
                                    {"unit", unit},
                                    {"value", *value * factor},
                                    {"extra", one.diagnosis.verdict.sentence}});
}

}  // namespace

// https://bencher.dev/docs/reference/bencher-metric-format: `latency` is in nanoseconds and
// `throughput` in operations per second.
std::string as_bencher(const Reports& reports) {
  json::object benchmarks;
  for (const Reported& one : reports) {
    json::object measures;
    add(measures, "latency", latency_of(one, 0.5), 1e9);
    add(measures, "latency-p99", latency_of(one, 0.99), 1e9);
    add(measures, "throughput", rate_of(one));
    add(measures, "error-rate", errors_of(one));
    benchmarks[one.name] = std::move(measures);
  }
  return pretty(benchmarks) + '\n';
}

// https://github.com/benchmark-action/github-action-benchmark: customBiggerIsBetter and
// customSmallerIsBetter. A file has one direction.
std::string as_benchmark_action_bigger(const Reports& reports) {
  json::array entries;
  for (const Reported& one : reports) add(entries, one, "rate", rate_of(one), "requests/s");
  return pretty(entries) + '\n';
}

std::string as_benchmark_action_smaller(const Reports& reports) {
  json::array entries;
  for (const Reported& one : reports) {
    add(entries, one, "p50", latency_of(one, 0.5), "ms", 1e3);
    add(entries, one, "p99", latency_of(one, 0.99), "ms", 1e3);
    add(entries, one, "errors", errors_of(one), "%", 1e2);
  }
  return pretty(entries) + '\n';
}

}  // namespace tws
