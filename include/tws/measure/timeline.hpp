// The run over time: ten samples per second, fewer in a long run.
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
// Whenever a run reaches this many samples (the first time after five minutes), each two are merged
// into one of twice the width. So memory and the saved run stay small: a sample takes 300 bytes and
// somewhat more than one byte for each bucket of its histogram, 500 to 1,000 bytes in all.
inline constexpr std::size_t most_samples = 3000;

// The work of one worker since its last tick; delivered ten times a second.
struct Tick {
  std::chrono::nanoseconds from{};  // since the start of the run: where this tick begins
  std::uint64_t attempts = 0;       // attempts to connect that ended, successful or not
  std::uint64_t connected = 0;      // those of them that connected
  int attempt_error = 0;            // errno of the latest failed attempt
  std::uint64_t handshakes = 0;     // of TLS, complete
  std::uint64_t tls_faults = 0;     // failures of Cause::tls
  std::uint64_t requests = 0;       // successes
  std::uint64_t errors = 0;         // failed attempts, failed requests, other responses
  Histogram latency{Histogram::two_digits};
};

struct Sample {
  double t = 0;  // seconds since the start, at the end of the sample
  std::uint64_t requests = 0;
  std::uint64_t errors = 0;
  PackedHistogram latency;  // of `requests`
  // Maximum of TIME_WAIT and FIN_WAIT_2 sockets of the whole network namespace
  // (/proc/net/sockstat).
  std::optional<std::uint64_t> time_wait;
  std::optional<Census> sockets;  // at least once a second; the census with the most client ports
  bool operator==(const Sample&) const = default;
};

// The samples, joined to such of a second each, or as they are where they are longer. The last one
// may be shorter.
std::vector<Sample> by_second(const std::vector<Sample>& samples);

// Adds up the ticks of all workers into samples.
class Timeline {
 public:
  // The first width of a sample.
  explicit Timeline(std::chrono::nanoseconds interval = sample_interval) : interval_(interval) {}

  void add(const Tick& tick);
  // Both values were read at the end of a sample, `at` since the start of the run.
  void add_time_wait(std::chrono::nanoseconds at, std::uint64_t count);
  void add_census(std::chrono::nanoseconds at, const Census& census);

  // Sums over all ticks so far.
  std::uint64_t attempts() const { return attempts_; }
  std::uint64_t connected() const { return connected_; }
  std::uint64_t handshakes() const { return handshakes_; }
  std::uint64_t tls_faults() const { return tls_faults_; }
  std::uint64_t requests() const { return requests_; }
  std::uint64_t errors() const { return errors_; }
  const Histogram& latency() const { return latency_; }
  int attempt_error() const { return attempt_error_; }

  // The current width of a sample.
  std::chrono::nanoseconds width() const { return interval_ * width_; }
  // The latest samples may still grow, and have no latency yet.
  const std::vector<Sample>& samples() const { return samples_; }
  // How many of them are complete.
  std::size_t complete() const { return open_.empty() ? samples_.size() : open_.begin()->first; }
  // All samples; the last one ends with the run, `end` after its start.
  std::vector<Sample> finish(std::chrono::nanoseconds end) &&;

 private:
  // The sample of this interval.
  Sample& sample(std::size_t interval);
  void close_oldest();
  void widen();

  std::size_t nearest_boundary(std::chrono::nanoseconds at) const;

  std::chrono::nanoseconds interval_;
  int width_ = 1;  // intervals per sample
  std::vector<Sample> samples_;
  std::map<std::size_t, Histogram> open_;  // latencies of samples that ticks may still add to
  std::uint64_t attempts_ = 0;
  std::uint64_t connected_ = 0;
  std::uint64_t handshakes_ = 0;
  std::uint64_t tls_faults_ = 0;
  std::uint64_t requests_ = 0;
  std::uint64_t errors_ = 0;
  Histogram latency_{Histogram::two_digits};
  int attempt_error_ = 0;
};

}  // namespace tws
