#include "report/lab_text.hpp"

#include "report/json_values.hpp"
#include "report/paint.hpp"
#include "support/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace tws {
namespace {

namespace json = boost::json;

// 80 columns, with the 15 of "time-wait-reuse".
constexpr std::string_view columns_format = "{:<24} {:<6} {:>9} {:>9} {:>5} {:>6} {}";

std::string count(double value) {
  return format_count(whole(value));
}

std::string error_text(const LabRow& row) {
  if (!row.error) return "-";
  if (*row.error == 0) return "exact";
  return std::abs(*row.error) < 0.001 ? "<0.1%" : fmt::format("{:+.1f}%", *row.error * 100);
}

std::string seconds_line(const LabRow& row) {
  if (!row.predicted_seconds || !row.measured_seconds) return {};
  return fmt::format("  used up after {:.2f} s, predicted {:.2f} s\n", *row.measured_seconds,
                     *row.predicted_seconds);
}

}  // namespace

std::string lab_head() {
  return fmt::format(fmt::runtime(columns_format), "scenario", "closes", "predicted", "measured",
                     "error", "conn/s", "limited by") +
         '\n';
}

std::string lab_row(const LabRow& row, const TextStyle& style) {
  if (row.skipped) return fmt::format("{:<24} skipped: {}\n", row.scenario, *row.skipped);
  const auto line =
      fmt::format(fmt::runtime(columns_format), row.scenario, row.closes_first,
                  row.predicted ? count(*row.predicted) : ">" + format_count(row.ports),
                  count(row.measured), error_text(row), count(row.per_second), row.verdict);
  if (row.as_predicted) return line + '\n' + seconds_line(row);
  if (row.interrupted) return line + "\n  interrupted\n";
  if (row.too_slow)
    return paint(line, Colour::yellow, style) +
           fmt::format("\n  too slow to tell: {}\n", row.why_not);
  return paint(line, Colour::red, style) + fmt::format("\n  not as predicted: {}\n", row.why_not);
}

std::string lab_sum(const std::vector<LabRow>& rows) {
  const auto skipped = std::count_if(rows.begin(), rows.end(),
                                     [](const LabRow& row) { return row.skipped.has_value(); });
  const auto interrupted =
      std::count_if(rows.begin(), rows.end(), [](const LabRow& row) { return row.interrupted; });
  const auto too_slow =
      std::count_if(rows.begin(), rows.end(), [](const LabRow& row) { return row.too_slow; });
  const auto right = std::count_if(
      rows.begin(), rows.end(), [](const LabRow& row) { return !row.skipped && row.as_predicted; });
  std::string text =
      fmt::format("{} of {} as predicted", right,
                  rows.size() - static_cast<std::size_t>(skipped + interrupted + too_slow));
  if (interrupted > 0) text += ", interrupted";
  if (too_slow > 0) text += fmt::format(", {} too slow to tell", too_slow);
  if (skipped > 0) text += fmt::format(", {} skipped", skipped);
  return text + '\n';
}

json::value lab_json(const std::vector<LabRow>& rows) {
  json::array all;
  for (const LabRow& row : rows)
    all.push_back({{"name", row.scenario},
                   {"skipped", or_null(row.skipped)},
                   {"closesFirst", row.closes_first},
                   {"ports", row.ports},
                   {"predicted", or_null(row.predicted)},
                   {"measured", row.measured},
                   {"error", or_null(row.error)},
                   {"predictedSeconds", or_null(row.predicted_seconds)},
                   {"measuredSeconds", or_null(row.measured_seconds)},
                   {"connectionsPerSec", row.per_second},
                   {"asPredicted", row.as_predicted},
                   {"tooSlow", row.too_slow},
                   {"interrupted", row.interrupted},
                   {"limitedBy", row.verdict},
                   {"run", row.run}});
  return {{"schema", "hammer-lab/1"}, {"scenarios", all}};
}

}  // namespace tws
