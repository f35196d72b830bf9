// The numbers that thresholds limit.
#pragma once

#include "tws/judge/threshold.hpp"
#include "tws/measure/run.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace tws::judging {

// A verdict of a server that fails: it calls no rate the server's.
bool is_failing_server(std::string_view limited_by);

struct Value {
  double number = 0;
  bool at_least = false;            // it depends on requests in flight, and
  std::optional<double> at_most{};  // is this however long they take
};
// Of the whole run; nothing without a sample.
std::optional<Value> value_of(const Threshold& threshold, const Run& run);

// What the timeline has of a part of the run.
struct Part {
  double from = 0, to = 0;  // seconds since the start
  std::uint64_t requests = 0, errors = 0;
  Histogram latency{Histogram::two_digits};
};
// The samples that end after `from` and not after `to`. Latencies are left out where the threshold
// is not about them, because adding them up is most of the work.
Part part_of(const std::vector<Sample>& samples, std::size_t count, double from, double to,
             const Threshold& threshold);
std::optional<double> value_of(const Threshold& threshold, const Part& part);

// The ends of all windows within the first `count` samples. A window slides by a tenth of its
// length, and both are at least as long as a sample.
struct Windows {
  double length = 0, step = 0;
  std::size_t number = 0;
  double end(std::size_t i) const { return length + static_cast<double>(i) * step; }
};
Windows windows_of(const Threshold& threshold, const std::vector<Sample>& samples,
                   std::size_t count);

}  // namespace tws::judging
