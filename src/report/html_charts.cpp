#include "report/html_charts.hpp"

#include "measure/stages.hpp"
#include "report/html_text.hpp"
#include "report/svg_chart.hpp"
#include "support/units.hpp"
#include "tws/measure/facts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace tws {
namespace {

std::string rate_words(double rate) {
  return rate < 100 ? fmt::format("{:.3g}/s", rate) : format_count(whole(rate)) + "/s";
}

// A curve of a number of each column, per second.
struct Rates {
  std::vector<Step> steps;
  std::vector<std::string> words;
  double highest = 0;
};

template <typename Count>
Rates rates(const Columns& columns, Count count) {
  Rates result;
  for (const TimeColumn& one : columns) {
    const double rate = one.per_second(count(one));
    result.steps.push_back({one.from, one.to, rate});
    result.words.push_back(rate_words(rate));
    result.highest = std::max(result.highest, rate);
  }
  return result;
}

// What is under a curve, in its colour.
std::string area(const std::vector<Step>& steps, std::string_view look, const Chart& chart) {
  return fmt::format("<path class=\"area {}\" d=\"{}\"/>\n", look,
                     area_path(steps, chart.x, chart.y));
}

// The latency of a run's successes, and of what was unfinished.
struct LatencyCurve {
  std::string name;
  const Histogram* measured;  // not empty
  Histogram ages;

  std::uint64_t count() const { return measured->count() + ages.count(); }
  double fastest() const { return *measured->min(); }
  double slowest() const { return std::max(*measured->max(), ages.max().value_or(0)); }
};

std::vector<LatencyCurve> latency_curves(const Reports& reports, std::size_t most) {
  constexpr std::size_t most_of_the_name = 60;  // bytes
  std::vector<LatencyCurve> curves;
  for (const Reported& one : reports)
    if (!one.run.tally.latency.empty() && curves.size() < most)
      curves.push_back({reports.size() > 1 ? shortened(one.name, most_of_the_name) : "successes",
                        &one.run.tally.latency, unfinished(one.run.tally)});
  return curves;
}

}  // namespace

std::string no_figure(std::string_view id, std::string_view title, std::string_view why) {
  return fmt::format("<section id=\"{}\">\n<h2>{}</h2>\n<p class=\"none\">{}</p>\n</section>\n", id,
                     title, why);
}

std::vector<std::pair<double, std::string>> places_of(const Columns& columns) {
  std::vector<std::pair<double, std::string>> places;
  for (const TimeColumn& one : columns)
    places.emplace_back((one.from + one.to) / 2,
                        fmt::format("{:.5g} to {:.5g} s", one.from, one.to));
  return places;
}

std::string width_words(const Columns& columns, std::string_view what) {
  return fmt::format("Each {} is {}.", what,
                     round_time_words(columns.front().to - columns.front().from));
}

double end_of(const Run& run, const Columns& columns) {
  return columns.empty() ? run.seconds : std::max(run.seconds, columns.back().to);
}

namespace {

Chart chart_over_time(std::string_view id, std::string_view title, const Run& run,
                      const Columns& columns, double highest) {
  Chart chart{.id = std::string(id),
              .title = std::string(title),
              .unit = "per second",
              .caption = {},
              .alone = {},
              .x = time_axis(end_of(run, columns)),
              .y = count_axis(highest)};
  chart.places = places_of(columns);
  return chart;
}

// What the plan asks for; empty without a rate.
std::vector<Step> planned_rates(const Run& run, const Columns& columns) {
  const auto& profile = run.plan.profile;
  const bool changes = profile.varied == Varied::rate && !profile.stages.empty();
  if (!changes)
    return run.plan.rate ? std::vector<Step>{{0, end_of(run, columns), *run.plan.rate}}
                         : std::vector<Step>{};
  std::vector<Step> steps;
  for (const TimeColumn& one : columns)
    steps.push_back({one.from, one.to, planned_at(profile, (one.from + one.to) / 2)});
  return steps;
}

}  // namespace

std::string rate_figure(const Run& run, const Columns& columns) {
  constexpr std::string_view id = "rate", title = "Requests over time";
  if (columns.empty()) return no_figure(id, title, "The run has no time line.");
  const auto good = rates(columns, [](const TimeColumn& one) { return one.requests; });
  const auto all = rates(columns, [](const TimeColumn& one) { return one.requests + one.errors; });
  const auto planned = planned_rates(run, columns);
  double highest = std::max(good.highest, all.highest);
  for (const Step& one : planned) highest = std::max(highest, one.value);
  Chart chart = chart_over_time(id, title, run, columns, highest);
  chart.under = area(good.steps, "s1", chart);
  if (std::ranges::any_of(columns, [](const TimeColumn& one) { return one.errors > 0; }))
    chart.series.push_back(
        {"tries that ended", "s2", all.words, steps_path(all.steps, chart.x, chart.y)});
  chart.series.push_back({"successes", "s1", good.words, steps_path(good.steps, chart.x, chart.y)});
  if (!planned.empty())
    chart.series.push_back(
        {run.plan.rate ? "planned: " + rate_words(*run.plan.rate) : std::string("planned"),
         "mark",
         {},
         steps_path(planned, chart.x, chart.y)});
  const auto mean = ratio(static_cast<double>(run.tally.successes()), run.seconds);
  // Of different loads a mean says nothing.
  const auto average = run.stages.empty()
                           ? fmt::format("{} on average, ", mean ? rate_words(*mean) : "unknown")
                           : std::string();
  chart.alone =
      fmt::format("Successes per second: {}{} at most", average, rate_words(good.highest));
  chart.caption = escaped(
      fmt::format("{}. {} Tries that ended are successes, other responses, failed requests and "
                  "failed attempts to connect.",
                  chart.alone, width_words(columns, "step")));
  return figure(chart);
}

std::string errors_figure(const Run& run, const Columns& columns) {
  constexpr std::string_view id = "errors", title = "Errors over time";
  const auto kinds = failures(run.tally);
  const auto all = rates(columns, [](const TimeColumn& one) { return one.errors; });
  const auto refused = run.tally.responses() - run.tally.successes();
  if (all.highest == 0 && kinds.empty() && refused == 0)
    return no_figure(id, title,
                     "Nothing failed, and no response had another status than asked for.");
  if (columns.empty()) return no_figure(id, title, "The run has no time line.");
  Chart chart = chart_over_time(id, title, run, columns, all.highest);
  chart.under = area(all.steps, "s2", chart);
  chart.series.push_back(
      {"errors of all kinds", "s2", all.words, steps_path(all.steps, chart.x, chart.y)});
  constexpr std::size_t most = 5;  // their words stand below each other
  for (const auto& [kind, failure] : kinds)
    if (chart.moments.size() < most)
      chart.moments.push_back({to_seconds(failure.first), "first " + name(kind)});
  std::ranges::sort(chart.moments, {}, &Mark::at);
  chart.alone = fmt::format("Errors per second: {} at most", rate_words(all.highest));
  chart.caption = escaped(fmt::format(
      "{}. {} An upright line is the first error of a kind; the table below counts each kind.",
      chart.alone, width_words(columns, "step")));
  return figure(chart);
}

std::string percentile_figure(const Reports& reports) {
  constexpr std::string_view id = "percentiles", title = "Latency by percentile";
  constexpr std::array<std::string_view, 5> looks{"s1", "s2", "s3", "s4", "s5"};
  constexpr int points = 160;
  const auto curves = latency_curves(reports, looks.size());
  if (curves.empty()) return no_figure(id, title, "No request succeeded, so there is no latency.");
  const auto most = std::ranges::max(curves, {}, &LatencyCurve::count).count();
  const double fastest = std::ranges::min(curves, {}, &LatencyCurve::fastest).fastest();
  const double slowest = std::ranges::max(curves, {}, &LatencyCurve::slowest).slowest();
  Chart chart{.id = std::string(id),
              .title = std::string(title),
              .unit = "latency",
              .caption = {},
              .alone = {},
              .x = nines_axis(most),
              .y = latency_axis(fastest, slowest)};
  std::array<double, points + 1> shares{};
  for (int i = 0; i <= points; ++i) {
    const double nines = std::pow(chart.x.to, static_cast<double>(i) / points);
    shares[static_cast<std::size_t>(i)] = 1 - 1 / nines;
    const double percent = shares[static_cast<std::size_t>(i)] * 100;
    chart.places.emplace_back(
        nines, fmt::format("{:.{}f}%", percent, std::max(1, static_cast<int>(std::log10(nines)))));
  }
  bool is_bounded = false;
  for (std::size_t i = 0; i < curves.size(); ++i) {
    std::vector<Step> values;
    std::vector<std::string> words;
    for (const double share : shares) {
      const auto at = quantile_with_unfinished(*curves[i].measured, curves[i].ages, share);
      // Beyond the last one of its own values a curve would only repeat it.
      const bool has_it =
          nines_of(share) <= static_cast<double>(curves[i].count()) * (1 + 1e-9) || share == 0;
      if (has_it) values.push_back({0, nines_of(share), at->seconds});
      is_bounded |= has_it && at->lower_bound;
      words.push_back(has_it ? (at->lower_bound ? "≥ " : "") + time_words(at->seconds) : "-");
    }
    chart.series.push_back({curves[i].name, looks[i], words, line_path(values, chart.x, chart.y)});
  }
  chart.alone = fmt::format("Latency of {}, from {} to {}", plural(most, "request"),
                            time_words(fastest), time_words(slowest));
  chart.caption = escaped(fmt::format(
      "{}. Each nine takes the same room, so the slowest requests are as wide as the others.{}",
      chart.alone,
      is_bounded ? " ≥ means at least: it depends on what was in flight at the end." : ""));
  return figure(chart);
}

}  // namespace tws
