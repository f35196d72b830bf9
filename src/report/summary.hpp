// The numbers that the text and the JSON both derive from a run, so that they can't disagree.
#pragma once

#include "tws/measure/facts.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tws {

struct Bin {
  double up_to = 0;  // seconds; the values are over the bin before and not over this
  std::uint64_t count = 0;
};

// 11 bins from the fastest value to the slowest, their edges in geometric progression (arithmetic
// where the slowest is less than twice the fastest), so that no outlier flattens the rest. The
// counts add up to the histogram's. One bin where all values are equal, none where there are none.
std::vector<Bin> bins(const Histogram& histogram);

struct Percentile {
  double share;
  std::string_view label;  // "99.90%", as oha prints it
  std::string_view key;    // "p99.9", as in its JSON
};
inline constexpr std::array<Percentile, 9> percentiles{{{0.10, "10.00%", "p10"},
                                                        {0.25, "25.00%", "p25"},
                                                        {0.50, "50.00%", "p50"},
                                                        {0.75, "75.00%", "p75"},
                                                        {0.90, "90.00%", "p90"},
                                                        {0.95, "95.00%", "p95"},
                                                        {0.99, "99.00%", "p99"},
                                                        {0.999, "99.90%", "p99.9"},
                                                        {0.9999, "99.99%", "p99.99"}}};
using Quantiles = std::array<std::optional<Quantile>, percentiles.size()>;

// Of `measured` and of what is known to take at least so long. The few requests that every deadline
// cuts off move all quantiles by a hair; only those that they could move by more than 1 % are
// marked as lower bounds.
Quantiles quantiles(const Histogram& measured, const Histogram& ages = Histogram{});

struct RateStatistics {
  double mean, min, max;
  std::optional<double> deviation;            // of a sample; nothing for a single slice
  std::array<double, percentiles.size()> at;  // as in `percentiles`
};
// Of successes per second, over the slices.
std::optional<RateStatistics> rate_statistics(const Run& run);

}  // namespace tws
