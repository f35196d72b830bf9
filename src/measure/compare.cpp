#include "measure/compare.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace tws {
namespace {

// Standard deviation of the logarithms around each side's median, from the median deviation (MAD),
// which one odd run does not change.
double spread_of(std::span<const double> before, std::span<const double> after) {
  constexpr double of_a_normal_distribution = 1.4826;
  std::vector<double> deviations;
  for (const auto side : {before, after}) {
    if (side.size() < 2) return 0;
    const double middle = std::log(median(side));
    for (const double value : side) deviations.push_back(std::abs(std::log(value) - middle));
  }
  return of_a_normal_distribution * median(deviations);
}

// Of the usual formula for two means; the U test needs pi/3 times as many runs.
std::optional<std::size_t> runs_to_tell(double spread, double noise) {
  if (spread <= 0 || noise <= 0) return {};
  constexpr double alpha_and_power = 1.96 + 1.645;  // 5 % false alarms, 5 % missed
  const double steps = alpha_and_power * spread / std::log1p(noise);
  return std::max(fewest_runs, static_cast<std::size_t>(std::ceil(2 * steps * steps * 1.047)));
}

}  // namespace

std::string_view name(Change change) {
  switch (change) {
    case Change::same:
      return "same";
    case Change::worse:
      return "worse";
    case Change::better:
      return "better";
    case Change::cant_tell:
      break;
  }
  return "can't tell";
}

Comparison compare(std::span<const double> before, std::span<const double> after,
                   bool higher_is_better, const CompareRule& rule) {
  Comparison made{.before = median(before),
                  .after = median(after),
                  .ratio = ratio_of(before, after),
                  .p = mann_whitney_p(before, after),
                  .runs_needed = {}};
  const bool enough = std::min(before.size(), after.size()) >= fewest_runs;
  if (enough && made.ratio.interval) {
    const auto [low, high] = *made.ratio.interval;
    const double upper = 1 + rule.noise, lower = 1 / upper;
    const bool certain = made.p < rule.alpha;
    if (certain && low > upper)
      made.change = higher_is_better ? Change::better : Change::worse;
    else if (certain && high < lower)
      made.change = higher_is_better ? Change::worse : Change::better;
    else if (low >= lower && high <= upper)
      made.change = Change::same;
  }
  if (made.change == Change::cant_tell)
    made.runs_needed = runs_to_tell(spread_of(before, after), rule.noise);
  return made;
}

}  // namespace tws
