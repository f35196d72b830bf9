// OpenMetrics of runs that have ended.
#include "report/formats.hpp"
#include "report/metrics_text.hpp"
#include "tws/measure/facts.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

namespace tws {
namespace {

// GitLab compares these numbers as text: three digits, so that what is as good as the same stays
// the same.
double three_digits(double value) {
  return std::stod(fmt::format("{:.3g}", value));
}

std::string labels(const Reported& one, const std::string& more = {}) {
  return fmt::format(R"({{run="{}"{}}})", label_value(one.name), more);
}

void add_latency(MetricsText& text, const Reported& one) {
  constexpr std::array<double, 5> shares{0.5, 0.9, 0.95, 0.99, 0.999};
  const Histogram& latency = one.run.tally.latency;
  for (const double share : shares)
    if (const auto value = latency_quantile(one.run.tally, share))
      text.sample(three_digits(value->seconds),
                  labels(one, fmt::format(R"(,quantile="{}")", share)));
  const auto count = latency.count();
  text.sample("_sum", three_digits(latency.mean().value_or(0) * static_cast<double>(count)),
              labels(one));
  text.sample("_count", count, labels(one));
}

}  // namespace

std::string as_open_metrics(const Reports& reports) {
  MetricsText text("hammer");
  const auto each = [&](const auto& add) {
    for (const Reported& one : reports) add(one, one.run);
  };
  text.family("run", "info", "What limited the run, and whether it measured the server.");
  each([&](const Reported& one, const Run&) {
    const Verdict& verdict = one.diagnosis.verdict;
    text.sample(1, labels(one, fmt::format(R"(,limited_by="{}",valid="{}")",
                                           label_value(verdict.limited_by), verdict.valid)));
  });
  text.family("rate", "gauge", "Successes per second.");
  each([&](const Reported& one, const Run& run) {
    const auto add = [&](const Tally& tally, double seconds, const std::string& more) {
      if (const auto rate = ratio(static_cast<double>(tally.successes()), seconds))
        text.sample(three_digits(*rate), labels(one, more));
    };
    // A mean of different loads is none of them.
    if (run.stages.empty()) add(run.tally, run.seconds, {});
    for (std::size_t i = 0; i < run.stages.size(); ++i)
      add(run.stages[i].tally, run.stages[i].seconds, fmt::format(R"(,stage="{}")", i + 1));
  });
  text.family("errors_ratio", "gauge", "Share of what ended that was no success.", "ratio");
  each([&](const Reported& one, const Run& run) {
    if (const auto rate = success_rate(run.tally))
      text.sample(three_digits(1 - *rate), labels(one));
  });
  text.family("latency_seconds", "summary",
              "Of successes, and of what was in flight at the end with its age.", "seconds");
  each([&](const Reported& one, const Run&) { add_latency(text, one); });
  text.family("threshold_kept", "gauge", "1: pass, 0: fail, NaN: unknown.");
  each([&](const Reported& one, const Run&) {
    for (const Outcome& outcome : one.outcomes) {
      const std::string_view value = outcome.result == Result::pass   ? "1"
                                     : outcome.result == Result::fail ? "0"
                                                                      : "NaN";
      text.sample(value, labels(one, fmt::format(R"(,threshold="{}")",
                                                 label_value(outcome.threshold.text))));
    }
  });
  return std::move(text).end();
}

}  // namespace tws
