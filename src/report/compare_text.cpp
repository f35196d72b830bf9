#include "report/compare_text.hpp"

#include "report/command_line.hpp"
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
#include <map>
#include <span>
#include <string_view>
#include <utility>

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

// Keys whose values differ, as "kernel: 5.10, 6.1".
std::vector<std::pair<std::string, std::string>> differing(
    const json::object& one, const json::object& other,
    std::span<const std::string_view> left_out) {
  std::vector<std::pair<std::string, std::string>> found;
  for (const auto& [key, value] : one) {
    const auto* there = other.if_contains(key);
    if (std::ranges::find(left_out, std::string_view(key)) != left_out.end()) continue;
    if (there && *there == value) continue;
    found.emplace_back(key, fmt::format("{}: {}, {}", std::string_view(key), json::serialize(value),
                                        there ? json::serialize(*there) : "nothing"));
  }
  return found;
}

void add_differences(const json::object& one, const json::object& other,
                     std::span<const std::string_view> left_out, std::vector<std::string>& to) {
  for (auto& [key, text] : differing(one, other, left_out)) to.push_back(std::move(text));
}

// The options of a load by name: "-c" has "-c 50".
std::map<std::string, std::string> options_of(Plan plan) {
  const Plan usual;
  plan.urls.clear();
  plan.thresholds.clear();
  plan.seed = usual.seed;
  plan.census = usual.census;
  plan.server_admin = usual.server_admin;
  plan.wait_drain = usual.wait_drain;
  std::map<std::string, std::string> options;
  for (const auto& word : command_line(plan)) {
    auto& all = options[word.substr(0, word.find(' '))];
    all += (all.empty() ? "" : " ") + word;
  }
  return options;
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
  if (!one.comparison) return fmt::format("{:<14} no run of one side has this number\n", one.name);
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

std::string why_not(const ComparedRuns& compared) {
  if (std::min(compared.before, compared.after) < fewest_runs)
    return fmt::format(" It takes {} runs a side at least.", fewest_runs);
  if (!std::ranges::all_of(compared.metrics, &ComparedMetric::enough))
    return fmt::format(
        " Too few runs are left that measured the server: it takes {} a side, and half of them. "
        "What helps: a lower rate (-q), a quieter machine, more runs (--rounds). With --strict "
        "this is exit code 3.",
        fewest_runs);
  std::string text = " The interval reaches from within the noise to beyond it.";
  if (const auto runs = most_runs_needed(compared))
    text += fmt::format(" With runs that vary like these about {} a side tell.", *runs);
  return text;
}

std::string sentence_of(const ComparedRuns& compared) {
  switch (compared.overall()) {
    case Change::worse:
      return "Worse: at least one number changed for the worse by more than the noise.";
    case Change::better:
      return "Better: at least one number improved by more than the noise, and none got worse.";
    case Change::same:
      return "The same: no number changed by more than the noise.";
    case Change::cant_tell:
      break;
  }
  return "Can't tell." + why_not(compared);
}

// What counts most, so it is said first: "The new server fails: ...".
std::string failing_line(const ComparedRuns& compared, const TextStyle& style) {
  const auto* successes = compared.successes();
  if (!successes || !successes->comparison) return {};
  const Comparison& made = *successes->comparison;
  if (made.change != Change::worse) return {};
  const auto line =
      fmt::format("The new server fails: {} of its requests succeeded, and {} of the old one's.",
                  value_text(made.after, Unit::share), value_text(made.before, Unit::share));
  return paint(line, Colour::red, style) + "\n\n";
}

// "  B 2, B 3: the client's CPU (client-cpu)", a line for each reason.
std::string set_aside_text(std::string_view title, const std::vector<SetAside>& runs) {
  std::vector<std::pair<std::string, std::string>> by_reason;
  for (const SetAside& one : runs) {
    const auto same = std::ranges::find(by_reason, one.why, [](const auto& x) { return x.first; });
    if (same == by_reason.end())
      by_reason.emplace_back(one.why, one.run);
    else
      same->second += ", " + one.run;
  }
  std::string text = runs.empty() ? std::string() : fmt::format("{}\n", title);
  for (const auto& [why, names] : by_reason) text += fmt::format("  {}: {}\n", names, why);
  return text;
}

json::array set_aside_json(const std::vector<SetAside>& runs) {
  json::array all;
  for (const SetAside& one : runs)
    all.push_back({{"side", one.is_new ? "after" : "before"}, {"run", one.run}, {"why", one.why}});
  return all;
}

}  // namespace

std::vector<std::string> plan_differences(const Run& one, const Run& other) {
  auto before = options_of(one.plan), after = options_of(other.plan);
  for (const auto& [name, words] : before) after[name];
  std::vector<std::string> found;
  for (const auto& [name, there] : after) {
    const auto& here = before[name];
    if (here == there) continue;
    found.push_back(fmt::format("{}, {}", here.empty() ? fmt::format("without {}", name) : here,
                                there.empty() ? fmt::format("without {}", name) : there));
  }
  // What a command line does not show: a body, the values of headers.
  if (found.empty())
    for (const auto& [key, text] :
         differing(object_of(one.plan), object_of(other.plan), not_of_the_load))
      found.push_back(key);
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
  const ComparedRuns& compared = report.compared;
  std::string text = failing_line(compared, style);
  text += fmt::format(fmt::runtime(row_format), "median of runs", "before", "after", "ratio",
                      "95% interval", "p", "change") +
          '\n';
  for (const auto& one : compared.metrics) text += row_of(one, style);
  text += fmt::format(
      "\nRuns: {} before, {} after. A change of up to {:g}% is called noise "
      "(--noise). ratio: the median of the ratios of all pairs of runs.\n",
      compared.before, compared.after, compared.noise * 100);
  for (const auto& difference : report.differences)
    text += fmt::format("Differs, too: {}\n", difference);
  text += set_aside_text("Left out, because they did not measure the server:", compared.left_out);
  text += set_aside_text("The server failed, so only their successes count:", compared.failed);
  if (report.interrupted_of)
    text += fmt::format("Interrupted after {} of {} runs.\n", compared.before + compared.after,
                        *report.interrupted_of);
  return text + sentence_of(compared) + '\n';
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
  return {{"schema", "hammer-compare/1"},
          {"noise", report.compared.noise},
          {"change", name(report.compared.overall())},
          {"interrupted", report.interrupted_of.has_value()},
          {"metrics", std::move(metrics)},
          {"differences", std::move(differences)},
          {"leftOut", set_aside_json(report.compared.left_out)},
          {"serverFailed", set_aside_json(report.compared.failed)}};
}

}  // namespace tws
