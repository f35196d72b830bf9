#include "report/compare_text.hpp"

#include "report/json_values.hpp"
#include "report/machine_fields.hpp"
#include "report/paint.hpp"
#include "report/plan_fields.hpp"
#include "support/units.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace tws {
namespace {

constexpr std::string_view row_format = "{:<14} {:>10} {:>10} {:>6}  {:<13} {:>7}  {}";

// The same load towards another server, or seen in more or less detail.
constexpr std::array<std::string_view, 9> not_of_the_load{
    "url",       "urls", "lines", "bodyLines", "seed", "census", "serverAdmin", "waitDrainSeconds",
    "thresholds"};

template <typename S>
json::object object_of(const S& value) {
  json::object object;
  write_fields(value, fields_of<S>, object);
  return object;
}

void add_differences(const json::object& one, const json::object& other,
                     std::span<const std::string_view> left_out, std::vector<std::string>& to) {
  for (const auto& [key, value] : one) {
    const auto* there = other.if_contains(key);
    if (std::ranges::find(left_out, std::string_view(key)) != left_out.end()) continue;
    if (there && *there == value) continue;
    to.push_back(fmt::format("{}: {}, {}", std::string_view(key), json::serialize(value),
                             there ? json::serialize(*there) : "nothing"));
  }
}

std::string value_text(double value, Unit unit) {
  switch (unit) {
    case Unit::seconds:
      return format_duration(value);
    case Unit::share:
      return fmt::format("{:.2f}%", value * 100);
    case Unit::per_second:
    case Unit::count:
      break;
  }
  return format_count(whole(value)) + (unit == Unit::per_second ? "/s" : "");
}

std::string p_text(double p) {
  return p < 0.0001 ? "<0.0001" : fmt::format("{:.4f}", p);
}

std::string_view words_of(const ComparedMetric& one, Change change) {
  switch (change) {
    case Change::worse:
      return one.higher_is_better ? "less" : "slower";
    case Change::better:
      return one.higher_is_better ? "more" : "faster";
    case Change::same:
      return "the same";
    case Change::cant_tell:
      break;
  }
  return "can't tell";
}

Colour colour_of(Change change) {
  return change == Change::worse ? Colour::red : Colour::green;
}

std::string row_of(const ComparedMetric& one, const TextStyle& style) {
  if (!one.comparison) return fmt::format("{:<14} these runs have no such number\n", one.name);
  const Comparison& made = *one.comparison;
  const auto& interval = made.ratio.interval;
  const auto line =
      fmt::format(fmt::runtime(row_format), one.name, value_text(made.before, one.unit),
                  value_text(made.after, one.unit), fmt::format("{:.3f}", made.ratio.estimate),
                  interval ? fmt::format("{:.3f}-{:.3f}", interval->low, interval->high) : "-",
                  p_text(made.p), words_of(one, made.change));
  const bool changed = made.change == Change::worse || made.change == Change::better;
  return (changed ? paint(line, colour_of(made.change), style) : line) + '\n';
}

std::optional<std::size_t> most_runs_needed(const ComparedRuns& compared) {
  std::optional<std::size_t> most;
  for (const auto& one : compared.metrics)
    if (one.comparison) most = std::max(most, one.comparison->runs_needed);
  return most;
}

std::string_view sentence_of(Change change) {
  switch (change) {
    case Change::worse:
      return "Worse: at least one number changed for the worse by more than the noise.";
    case Change::better:
      return "Better: at least one number improved by more than the noise, and none got worse.";
    case Change::same:
      return "The same: no number changed by more than the noise.";
    case Change::cant_tell:
      break;
  }
  return "Can't tell.";
}

std::string why_not(const CompareReport& report) {
  if (!report.is_valid()) return " More than a tenth of the runs did not measure the server.";
  const auto& metrics = report.compared.metrics;
  const auto few = std::ranges::min(
      metrics, {}, [](const ComparedMetric& one) { return std::min(one.before, one.after); });
  std::string text;
  if (std::min(few.before, few.after) < fewest_runs)
    text = fmt::format(" It takes {} runs a side at least.", fewest_runs);
  else
    text = " The interval reaches from within the noise to beyond it.";
  if (const auto runs = most_runs_needed(report.compared))
    text += fmt::format(" With runs that vary like these about {} a side tell.", *runs);
  return text;
}

}  // namespace

std::vector<std::string> plan_differences(const Run& one, const Run& other) {
  std::vector<std::string> found;
  add_differences(object_of(one.plan), object_of(other.plan), not_of_the_load, found);
  return found;
}

std::vector<std::string> other_differences(const Run& one, const Run& other) {
  std::vector<std::string> found;
  if (one.plan.urls != other.plan.urls)
    found.push_back(
        fmt::format("URL: {}, {}", fmt::join(one.plan.urls, " "), fmt::join(other.plan.urls, " ")));
  add_differences(object_of(one.environment), object_of(other.environment),
                  std::array<std::string_view, 1>{"startedAt"}, found);
  // What the machine has at the moment, and what it is set to.
  add_differences(object_of(one.limits), object_of(other.limits),
                  std::array<std::string_view, 2>{"heldPorts", "usablePorts"}, found);
  return found;
}

std::string compare_text(const CompareReport& report, const TextStyle& style) {
  const auto& metrics = report.compared.metrics;
  std::string text = fmt::format(fmt::runtime(row_format), "median of runs", "before", "after",
                                 "ratio", "95% interval", "p", "change") +
                     '\n';
  for (const auto& one : metrics) text += row_of(one, style);
  text += fmt::format(
      "\nRuns: {} before, {} after. A change of up to {:g}% is called noise "
      "(--noise). ratio: the median of the ratios of all pairs of runs.\n",
      metrics.front().before, metrics.front().after, report.compared.noise * 100);
  for (const auto& difference : report.differences)
    text += fmt::format("Differs, too: {}\n", difference);
  if (report.not_valid > 0)
    text += fmt::format("{} of {} runs did not measure the server, limited by: {}\n",
                        report.not_valid, report.runs, fmt::join(report.limited_by, ", "));
  const Change overall = report.overall();
  text += sentence_of(overall);
  if (overall == Change::cant_tell) text += why_not(report);
  return text + '\n';
}

json::value compare_json(const CompareReport& report) {
  json::array metrics;
  for (const auto& one : report.compared.metrics) {
    json::object row{{"name", one.name},
                     {"unit", name(one.unit)},
                     {"higherIsBetter", one.higher_is_better},
                     {"runsBefore", one.before},
                     {"runsAfter", one.after}};
    const auto made = one.comparison.value_or(Comparison{});
    const bool is = one.comparison.has_value();
    const auto number = [is](double value) { return is ? json::value(value) : json::value(); };
    const auto& interval = made.ratio.interval;
    row["before"] = number(made.before);
    row["after"] = number(made.after);
    row["ratio"] = number(made.ratio.estimate);
    row["interval"] = interval ? json::value{interval->low, interval->high} : json::value(nullptr);
    row["p"] = number(made.p);
    row["change"] = name(made.change);
    row["runsNeeded"] = or_null(made.runs_needed);
    metrics.push_back(std::move(row));
  }
  json::array differences(report.differences.begin(), report.differences.end());
  json::array limited_by(report.limited_by.begin(), report.limited_by.end());
  return {{"schema", "hammer-compare/1"},          {"noise", report.compared.noise},
          {"change", name(report.overall())},      {"metrics", std::move(metrics)},
          {"differences", std::move(differences)}, {"notValid", report.not_valid},
          {"limitedBy", std::move(limited_by)}};
}

}  // namespace tws
