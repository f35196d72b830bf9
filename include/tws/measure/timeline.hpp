// The run over time: ten samples per second, and wider ones in a long run.
#pragma once

#include "tws/measure/hdr.hpp"
#include "tws/measure/histogram.hpp"
#include "tws/system/census.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace tws {

inline constexpr std::chrono::milliseconds sample_interval{100};
// A run that has had so many, five minutes of them, gets samples of twice the width from its start
// on. So memory and the saved run stay small: a sample takes 300 bytes and somewhat more than one
// for each bucket of its histogram, 500 to 1,000 in all.
inline constexpr std::size_t most_samples = 3000;

// What one worker did since its last tick; it is handed over ten times a second.
struct Tick {
  std::chrono::nanoseconds from{};  // since the start of the run: where this tick begins
  std::uint64_t attempts = 0;       // attempts to connect that ended, either way
  std::uint64_t connected = 0;      // those of them that connected
  int attempt_error = 0;            // errno of the newest attempt that failed
  std::uint64_t requests = 0;       // successes
  std::uint64_t errors = 0;         // failed attempts, failed requests, other responses
  Histogram latency{Histogram::two_digits};
};

struct Sample {
  double t = 0;  // seconds since the start, at the end of the sample
  std::uint64_t requests = 0;
  std::uint64_t errors = 0;
  PackedHistogram latency;  // of `requests`
  // TIME_WAIT and FIN_WAIT_2 sockets of the whole network namespace (/proc/net/sockstat), at most.
  std::optional<std::uint64_t> time_wait;
  std::optional<Census> sockets;  // at least once a second; the one with the most client ports
  bool operator==(const Sample&) const = default;
};

// Adds up the ticks of all workers by the sample that they fall into.
class Timeline {
 public:
  // How long a sample is at first.
  explicit Timeline(std::chrono::nanoseconds interval = sample_interval) : interval_(interval) {}

  void add(const Tick& tick);
  // Both were read at the end of a sample, `at` since the start of the run.
  void add_time_wait(std::chrono::nanoseconds at, std::uint64_t count);
  void add_census(std::chrono::nanoseconds at, const Census& census);

  // Sums over all ticks so far.
  std::uint64_t attempts() const { return attempts_; }
  std::uint64_t connected() const { return connected_; }
  std::uint64_t errors() const { return errors_; }
  int attempt_error() const { return attempt_error_; }

  // How long a sample is now.
  std::chrono::nanoseconds width() const { return interval_ * width_; }
  // The newest ones may still grow, and have no latency yet.
  const std::vector<Sample>& samples() const { return samples_; }
  // All of them; the last one ends with the run, `end` after its start.
  std::vector<Sample> finish(std::chrono::nanoseconds end) &&;

 private:
  // The one that the interval of this number is in.
  Sample& sample(std::size_t interval);
  void close_oldest();
  void widen();

  std::size_t nearest_boundary(std::chrono::nanoseconds at) const;

  std::chrono::nanoseconds interval_;
  int width_ = 1;  // intervals that are a sample
  std::vector<Sample> samples_;
  std::map<std::size_t, Histogram> open_;  // latencies of samples that ticks may still add to
  std::uint64_t attempts_ = 0;
  std::uint64_t connected_ = 0;
  std::uint64_t errors_ = 0;
  int attempt_error_ = 0;
};

}  // namespace tws
