// A run's timeline in as many columns as a chart has room for.
#pragma once

#include "tws/measure/run.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace tws {

struct TimeColumn {
  double from = 0, to = 0;  // seconds since the start
  std::uint64_t requests = 0, errors = 0;
  Histogram latency{Histogram::two_digits};
  std::optional<Census> sockets;  // the one with the most client ports
  std::optional<std::uint64_t> time_wait;

  double per_second(std::uint64_t count) const { return static_cast<double>(count) / (to - from); }
};

// Each is of equally many samples. A last one of less than half the usual length is joined to the
// one before, because its rates would be meaningless.
std::vector<TimeColumn> time_columns(const Run& run, std::size_t most);

}  // namespace tws
