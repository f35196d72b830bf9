#include "report/search_text.hpp"

#include "report/fit.hpp"
#include "report/paint.hpp"
#include "report/search_fields.hpp"
#include "support/units.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

namespace tws {
namespace {

// "460.1", "12,800"
std::string rate_text(double rate) {
  return rate < 1000 ? fmt::format("{:.4g}", rate) : format_count(whole(rate));
}

std::string time_text(const std::optional<double>& seconds) {
  return seconds ? format_duration(*seconds) : "-";
}

// The last column.
std::string remark(const RateRow& row) {
  if (row.was_held) return "held at the end";
  switch (row.missed) {
    case Missed::nothing:
      break;
    case Missed::never_begun:
      return fmt::format("{} never begun", format_count(row.never_begun));
    case Missed::queue:
      return "the latency grew";
    case Missed::slo:
      return fmt::format("{}", fmt::join(row.slo, ", "));
  }
  return {};
}

Colour colour_of(Holds holds) {
  if (holds == Holds::yes) return Colour::green;
  return holds == Holds::no ? Colour::red : Colour::yellow;
}

std::string row_text(std::string_view rate, std::string_view holds, std::string_view p50,
                     std::string_view p99, std::string_view errors, std::string_view remark) {
  auto text =
      fmt::format("{:>10}  {:<8} {:>8}  {:>8}  {:>7}  {}", rate, holds, p50, p99, errors, remark);
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

std::string table_of(const std::vector<RateRow>& rows, const TextStyle& style) {
  std::string text = row_text("rate/s", "holds", "p50", "p99", "errors", "") + '\n';
  for (const RateRow& row : rows) {
    const auto line =
        row_text(rate_text(row.rate), fmt::format("{} of {}", row.trials_held, row.trials),
                 time_text(row.p50), time_text(row.p99),
                 row.errors ? format_percent(*row.errors) : "-", remark(row));
    text += row.holds == Holds::unknown ? line : paint(line, colour_of(row.holds), style);
    text += '\n';
  }
  return text;
}

// A line for each rate: as far as p50 in one character, then as far as p99 in another.
std::string chart_of(const std::vector<RateRow>& rows, const TextStyle& style) {
  double least = HUGE_VAL, most = 0;
  for (const RateRow& row : rows) {
    if (row.p50 && *row.p50 > 0) least = std::min(least, *row.p50 / 2);
    if (row.p99) most = std::max(most, *row.p99);
  }
  if (!(most > least)) return {};
  constexpr int labels = 12;
  const int width = std::clamp(style.width - labels, 10, 60);
  const auto cells = [&](const std::optional<double>& value) {
    if (!value || *value <= least) return 0;
    return static_cast<int>(std::lround(width * std::log(*value / least) / std::log(most / least)));
  };
  const std::string_view full = style.unicode ? "█" : "#", light = style.unicode ? "░" : ".";
  std::string text =
      fmt::format("\nLatency, up to p50 ({}) and on to p99 ({}), logarithmic from {} to {}:\n",
                  full, light, format_duration(least), format_duration(most));
  const auto knee = knee_of(rows);
  for (const RateRow& row : rows) {
    const int to_p50 = cells(row.p50), to_p99 = cells(row.p99);
    text += fmt::format("{:>10}  ", rate_text(row.rate));
    for (int i = 0; i < std::max(to_p50, to_p99); ++i) text += i < to_p50 ? full : light;
    text += '\n';
  }
  if (knee)
    text += fmt::format("Knee: from {}/s on p99 is more than twice that of the lowest rate.\n",
                        rate_text(*knee));
  return text;
}

std::string lower_text(const SearchReport& report) {
  const TriedRate* low = report.search.lower();
  if (!low) return "No rate was seen to hold.";
  return fmt::format("{}/s holds{} for {}.", rate_text(low->rate),
                     low->was_held ? ", also" : "; it was not held",
                     format_duration(report.search.plan().hold));
}

std::string bounds_text(const SearchReport& report) {
  const Search& search = report.search;
  const TriedRate *low = search.lower(), *high = search.upper();
  std::string text = lower_text(report);
  if (high) text += fmt::format(" {}/s does not.", rate_text(high->rate));
  if (low && high && high->rate > low->rate * (1 + search.plan().precision) && search.is_complete())
    text += " Between the two it depends on the trial.";
  switch (report.end()) {
    case SearchEnd::found:
      break;
    case SearchEnd::all_hold:
      text += fmt::format(" That is the highest rate of this search (--to): {}.",
                          low == &search.rates().back() ? "every rate up to it holds"
                                                        : "what is above holds sometimes");
      break;
    case SearchEnd::none_hold:
      text += fmt::format(" {}/s is the lowest rate of this search: try a lower --from.",
                          rate_text(search.plan().from));
      break;
    case SearchEnd::no_time:
      text += " There was no time for more (--max-time).";
      break;
    case SearchEnd::stopped:
      text += " The search was ended early.";
      break;
  }
  return text + '\n';
}

std::string stop_sentence(const Stop& stop) {
  const RateTrial& trial = *stop.trial;
  if (stop.lacks_connections)
    return fmt::format(
        "All {} connections were busy, and the server was as fast as at lower rates: more (-c {}) "
        "may do more.",
        format_count(trial.plan.connections), format_count(2 * trial.plan.connections));
  if (trial.verdict.limited_by == "rate" && trial.is_servers)
    return "Nothing was full: hammer sent what was due, and what came misses the limits.";
  return trial.verdict.sentence;
}

std::string stop_text(const Stop& stop) {
  std::string text = fmt::format("\nWhat stops it there ({}/s): {}\n",
                                 rate_text(stop.trial->step.rate), stop_sentence(stop));
  if (!stop.is_servers())
    text +=
        "That is hammer's side or the way to the server: the rates above are no capacity of the "
        "server.\n";
  if (!stop.lacks_connections && stop.trial->verdict.limited_by != "rate")
    for (const Remedy& one : stop.trial->remedies)
      text += fmt::format("  - {}: {}\n", one.action, one.effect);
  return text + "The whole report of such a trial:\n";
}

}  // namespace

std::string search_text(const SearchReport& report, const TextStyle& style) {
  const auto rows = rows_of(report);
  std::string text =
      fmt::format("The highest rate that holds {}\n\n", fmt::join(report.slo, ", ")) +
      table_of(rows, style) + chart_of(rows, style) + '\n' + bounds_text(report);
  text += fmt::format("{} in {}.\n", plural(report.trials.size(), "trial"),
                      format_duration(report.seconds));
  if (const auto stop = report.stop())
    text += stop_text(*stop) + shell_lines(command_of(*stop), style.width);
  return text;
}

json::value search_json(const SearchReport& report) {
  return Json<SearchReport>::write(report);
}

}  // namespace tws
