// Whether something went up or down all through the run.
#pragma once

#include "tws/measure/run.hpp"

#include <optional>
#include <vector>

namespace tws::diagnosis {

// Medians of the first and of the last third of the samples.
struct Trend {
  double first = 0, last = 0;
  double change() const { return first > 0 ? last / first : 1; }
};

// Nothing without a trend: if the median of the middle third does not lie between the other two (by
// a tenth), if chance alone makes such a difference in one of a hundred (Mann-Whitney), or with
// fewer than 15 values.
std::optional<Trend> trend_of(const std::vector<double>& values);

// Successes per second in each sample; and their mean latency in seconds, where there are any. The
// first sample has the connects in it, and the last one may be short: both are left out.
std::vector<double> rates_over_time(const Run& run);
std::vector<double> latencies_over_time(const Run& run);

}  // namespace tws::diagnosis
