#include "report/summary.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace tws {
namespace {

constexpr std::size_t bin_count = 11;  // as many as oha's

}  // namespace

std::vector<Bin> bins(const Histogram& histogram) {
  if (histogram.empty()) return {};
  const double slowest = *histogram.max();
  if (*histogram.min() == slowest) return {{slowest, histogram.count()}};

  const double fastest = std::max(*histogram.min(), 1e-9);  // 0 has no logarithm
  const bool linear = slowest < 2 * fastest;
  std::vector<Bin> result;
  std::uint64_t seen = 0;
  for (std::size_t i = 1; i < bin_count; ++i) {
    const double part = static_cast<double>(i) / double{bin_count};
    const double edge =
        linear ? std::lerp(fastest, slowest, part) : fastest * std::pow(slowest / fastest, part);
    const std::uint64_t up_to_here = histogram.count_up_to(edge);
    result.push_back({edge, up_to_here - seen});
    seen = up_to_here;
  }
  result.push_back({slowest, histogram.count() - seen});
  return result;
}

Quantiles quantiles(const Histogram& measured, const Histogram& ages) {
  Quantiles result;
  for (std::size_t i = 0; i < percentiles.size(); ++i)
    result[i] = quantile_with_unfinished(measured, ages, percentiles[i].share);
  return result;
}

std::optional<RateStatistics> rate_statistics(const Run& run) {
  std::vector<double> rates;
  for (const Slice& slice : slices(run)) rates.push_back(slice.rate());
  if (rates.empty()) return {};
  std::sort(rates.begin(), rates.end());

  RateStatistics statistics{};
  const auto count = static_cast<double>(rates.size());
  statistics.mean = std::accumulate(rates.begin(), rates.end(), 0.0) / count;
  statistics.min = rates.front();
  statistics.max = rates.back();
  if (rates.size() > 1) {
    double squares = 0;
    for (const double rate : rates) squares += (rate - statistics.mean) * (rate - statistics.mean);
    statistics.deviation = std::sqrt(squares / (count - 1));
  }
  for (std::size_t i = 0; i < percentiles.size(); ++i) {
    const double rank = std::ceil(percentiles[i].share * count);
    statistics.at[i] = rates[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
  }
  return statistics;
}

}  // namespace tws
