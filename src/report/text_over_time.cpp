// The chart of a run over time.
#include "measure/stages.hpp"
#include "report/chart.hpp"
#include "report/text_parts.hpp"
#include "support/units.hpp"
#include "tws/measure/facts.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tws {
namespace {

constexpr std::size_t label_width = 9;  // "1,000,000"
constexpr std::size_t axis = 2 + label_width + 2;

struct Columns {
  std::vector<double> begin;       // seconds
  std::vector<double> rate, held;  // held is empty where it is not known
  std::vector<double> planned;     // empty where the load did not change over time
};

// As many columns as there are slices, at most `width`; a column of several has their common rate
// and the most that was held in them.
Columns to_columns(const Run& run, const std::vector<Slice>& all, std::size_t width) {
  Columns columns;
  const std::size_t count = std::min(all.size(), width);
  const bool is_held = std::any_of(all.begin(), all.end(), [](const Slice& s) { return s.held; });
  for (std::size_t i = 0; i < count; ++i) {
    Slice sum = all[i * all.size() / count];
    for (std::size_t k = i * all.size() / count + 1; k < (i + 1) * all.size() / count; ++k) {
      sum.to = all[k].to;
      sum.requests += all[k].requests;
      sum.held = std::max(sum.held, all[k].held);
    }
    columns.begin.push_back(sum.from);
    columns.rate.push_back(sum.rate());
    if (is_held) columns.held.push_back(static_cast<double>(sum.held.value_or(0)));
    if (!run.stages.empty())
      columns.planned.push_back(planned_at(run.plan.profile, (sum.from + sum.to) / 2));
  }
  return columns;
}

double highest(const std::vector<double>& values) {
  return values.empty() ? 0 : *std::max_element(values.begin(), values.end());
}

// What was made, and below it what was planned, both on one scale if they are of one kind.
std::string rate_charts(const Run& run, const Columns& columns, const TextStyle& style) {
  const bool of_rate = run.plan.profile.varied == Varied::rate;
  const double planned = highest(columns.planned);
  const double made = highest(columns.rate);
  const double top = of_rate ? std::max(made, planned) : made;
  std::string text = "  requests/s\n" + bar_chart(columns.rate, top, label_width, style);
  if (columns.planned.empty()) return text;
  text += of_rate ? "  planned requests/s\n" : "  planned connections\n";
  return text + bar_chart(columns.planned, of_rate ? top : planned, label_width, style);
}

// Below each stage's first column its number, as far as there is room.
std::string stage_axis(const Run& run, const Columns& columns) {
  std::string line;
  for (std::size_t i = 0; i < run.stages.size(); ++i) {
    const auto first = std::ranges::lower_bound(columns.begin, run.stages[i].from - 0.05);
    const auto at = static_cast<std::size_t>(first - columns.begin.begin());
    if (first == columns.begin.end() || (at < line.size() + 1 && i > 0)) continue;
    line.resize(at, ' ');
    line += std::to_string(i + 1);
  }
  return fmt::format("{:>{}}{}\n", "stage  ", axis, line);
}

}  // namespace

std::string over_time_text(const Run& run, const TextStyle& style) {
  const auto all = slices(run);
  if (all.empty()) return {};
  const auto width = static_cast<std::size_t>(std::max(style.width, 40));
  const auto columns = to_columns(run, all, width - axis);

  std::string text = "Over time:\n" + rate_charts(run, columns, style);
  if (!columns.held.empty()) {
    // Against all there are, since being far from the ceiling is worth seeing, too.
    const auto usable = usable_ports(run.plan, run.limits);
    const bool is_ports = peak_ports(run).has_value();
    double top = highest(columns.held);
    if (is_ports && usable) top = std::max(top, static_cast<double>(usable->count));
    text += is_ports ? std::string("  client ports in use\n")
                     : "  TIME_WAIT sockets of this network namespace\n";
    text += bar_chart(columns.held, top, label_width, style);
  }
  if (!run.stages.empty()) text += stage_axis(run, columns);
  const std::string end = format_duration(all.back().to);
  const std::size_t room = columns.rate.size() > end.size() + 4 ? columns.rate.size() - 3 : 0;
  return text + fmt::format("{:{}}0 s{:>{}}\n", "", axis, " " + end, room);
}

}  // namespace tws
