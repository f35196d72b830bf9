// What `hammer --metrics` tells while a run is under way.
#pragma once

#include "tws/measure/run.hpp"
#include "tws/server/admin.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace tws {

// A copy of what is known at some moment of the run.
struct LiveRun {
  double elapsed = 0;  // seconds
  std::uint64_t attempts = 0, connected = 0, requests = 0, errors = 0;
  Histogram latency{Histogram::two_digits};  // of `requests`
  std::optional<Census> sockets;             // the latest
  std::optional<std::uint64_t> usable_ports;
};
LiveRun live_run(const Timeline& timeline, const Run& run, std::chrono::nanoseconds elapsed);

// OpenMetrics 1.0 text.
Page live_page(const LiveRun& run);

}  // namespace tws
