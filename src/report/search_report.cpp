#include "report/search_report.hpp"

#include "measure/statistics.hpp"
#include "report/command_line.hpp"
#include "tws/measure/facts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace tws {
namespace {

void add_missed(const RateTrial& trial, RateRow& row) {
  if (row.missed == Missed::nothing) row.missed = trial.missed;
  if (trial.missed != Missed::slo) return;
  for (const Outcome& one : trial.outcomes)
    if (one.result != Result::pass &&
        std::ranges::find(row.slo, one.threshold.text) == row.slo.end())
      row.slo.push_back(one.threshold.text);
}

RateRow row_of(const TriedRate& rate, const SearchReport& report) {
  RateRow row{rate};
  row.holds = report.search.holds(rate);
  std::vector<double> p50, p99;
  std::uint64_t ended = 0, failed = 0;
  for (const RateTrial& trial : report.trials) {
    if (trial.step.rate != rate.rate) continue;
    if (trial.p50) p50.push_back(*trial.p50);
    if (trial.p99) p99.push_back(*trial.p99);
    ended += trial.ended;
    failed += trial.failed;
    row.never_begun += trial.never_begun;
    add_missed(trial, row);
  }
  if (!p50.empty()) row.p50 = median(p50);
  if (!p99.empty()) row.p99 = median(p99);
  row.errors = ratio(static_cast<double>(failed), static_cast<double>(ended));
  return row;
}

}  // namespace

std::string_view name(SearchEnd end) {
  constexpr std::array<std::string_view, 5> names{"found", "allHold", "noneHolds", "noTime",
                                                  "stopped"};
  return names[static_cast<std::size_t>(end)];
}

SearchEnd SearchReport::end() const {
  if (was_stopped) return SearchEnd::stopped;
  if (!search.is_complete()) return SearchEnd::no_time;
  if (!search.lower()) return SearchEnd::none_hold;
  return search.upper() ? SearchEnd::found : SearchEnd::all_hold;
}

std::vector<RateRow> rows_of(const SearchReport& report) {
  std::vector<RateRow> rows;
  for (const TriedRate& rate : report.search.rates()) rows.push_back(row_of(rate, report));
  return rows;
}

std::optional<double> knee_of(const std::vector<RateRow>& rows) {
  constexpr double times = 2;
  if (rows.empty() || !rows.front().p99) return {};
  std::optional<double> knee;
  for (auto row = rows.rbegin();
       row != rows.rend() && row->p99 && *row->p99 > times * *rows.front().p99; ++row)
    knee = row->rate;
  return knee;
}

std::string command_of(const Stop& stop) {
  return fmt::format("{}", fmt::join(command_line(stop.trial->plan), " "));
}

}  // namespace tws
