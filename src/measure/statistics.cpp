#include "measure/statistics.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <map>
#include <numeric>
#include <vector>

namespace tws {
namespace {

double middle_of(const std::vector<double>& sorted) {
  assert(!sorted.empty());
  const auto half = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

// The probability of each U for samples of these sizes: the coefficients of the Gaussian binomial
// (Mann and Whitney 1947, by their recurrence).
std::vector<double> distribution_of_u(std::size_t m, std::size_t n) {
  std::vector<double> ways(m * n + 1, 0.0);
  ways[0] = 1;
  for (std::size_t i = 1; i <= m; ++i) {
    for (std::size_t u = ways.size(); u-- > n + i;) ways[u] -= ways[u - n - i];
    for (std::size_t u = i; u < ways.size(); ++u) ways[u] += ways[u - i];
  }
  const double all = std::accumulate(ways.begin(), ways.end(), 0.0);
  for (double& way : ways) way /= all;
  return ways;
}

// Pairs in which `one` is larger; half of one where they are equal.
double u_of(std::span<const double> one, std::span<const double> other) {
  double u = 0;
  for (const double a : one)
    for (const double b : other) u += a > b ? 1.0 : a == b ? 0.5 : 0.0;
  return u;
}

// The sum of t^3 - t over all groups of t equal values.
double ties_of(std::span<const double> one, std::span<const double> other) {
  std::map<double, double> count;
  for (const double a : one) count[a] += 1;
  for (const double b : other) count[b] += 1;
  double ties = 0;
  for (const auto& [value, t] : count) ties += t * t * t - t;
  return ties;
}

}  // namespace

double median(std::span<const double> values) {
  std::vector<double> sorted(values.begin(), values.end());
  std::ranges::sort(sorted);
  return middle_of(sorted);
}

double mann_whitney_p(std::span<const double> one, std::span<const double> other) {
  const auto m = static_cast<double>(one.size()), n = static_cast<double>(other.size());
  const double u = u_of(one, other);
  const double ties = ties_of(one, other);
  if (ties == 0) {
    const auto ways = distribution_of_u(one.size(), other.size());
    const auto smaller = static_cast<std::ptrdiff_t>(std::min(u, m * n - u));
    return std::min(1.0, 2 * std::accumulate(ways.begin(), ways.begin() + smaller + 1, 0.0));
  }
  const double variance = m * n / 12 * (m + n + 1 - ties / ((m + n) * (m + n - 1)));
  if (variance <= 0) return 1;  // all are equal
  const double z = std::max(std::abs(u - m * n / 2) - 0.5, 0.0) / std::sqrt(variance);
  return std::erfc(z / std::sqrt(2.0));
}

Ratio ratio_of(std::span<const double> old_values, std::span<const double> new_values) {
  constexpr double outside = 0.025;  // on each side of the interval
  std::vector<double> logs;
  for (const double before : old_values)
    for (const double after : new_values) logs.push_back(std::log(after / before));
  std::ranges::sort(logs);
  Ratio ratio{.estimate = std::exp(middle_of(logs)), .interval = {}};
  // So many of the smallest ratios, and of the largest, lie outside.
  const auto ways = distribution_of_u(old_values.size(), new_values.size());
  std::size_t cut = 0;
  double sum = 0;
  while (sum + ways[cut] <= outside) sum += ways[cut++];
  if (cut > 0) ratio.interval = {std::exp(logs[cut - 1]), std::exp(logs[logs.size() - cut])};
  return ratio;
}

}  // namespace tws
