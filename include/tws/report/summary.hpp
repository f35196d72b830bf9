// The numbers that the text and the JSON both derive from a run, so that they can't disagree.
#pragma once

#include "tws/measure/run.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tws {

// Successes (status below 400) of everything that has ended: responses, failed requests and failed
// attempts. Nothing where nothing has.
std::optional<double> success_rate(const Tally& tally);

// How many these are.
std::uint64_t ended(const Tally& tally);

// Failed attempts of which the server can't know, since no packet was sent: no port, no file
// descriptor, no memory.
std::uint64_t never_left(const Tally& tally);

// Nothing where there is nothing to divide by.
std::optional<double> ratio(double dividend, double divisor);

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

// Ages of what was on its way when the run ended: everything in flight that was not in `backoff`,
// and for the first byte's sake also not in `read`, where that byte had come. With a rate also what
// was due and never begun.
Histogram unfinished(const Tally& tally);
Histogram without_first_byte(const Tally& tally);

// How far a run kept to its plan's rate.
struct RateKept {
  std::uint64_t due = 0;    // requests until the end of the run
  std::uint64_t begun = 0;  // of these
};
// Nothing for a run without a rate.
std::optional<RateKept> rate_kept(const Run& run);

struct InFlightSummary {
  std::uint64_t count = 0;
  std::optional<double> oldest, mean;  // seconds
  std::array<std::uint64_t, phase_names.size()> by_phase{};
  std::uint64_t requests() const;    // in `write`, `wait` and `read`
  std::uint64_t on_the_way() const;  // these and `connect`
};
InFlightSummary in_flight(const Tally& tally);

// Every kind of failure once, the most frequent first.
std::vector<std::pair<FailureKind, Failure>> failures(const Tally& tally);

// The most client ports seen in use at one time; nothing without a census.
std::optional<std::uint64_t> peak_ports(const Run& run);

// A stretch of the run's time.
struct Slice {
  double from = 0, to = 0;  // seconds since the start
  std::uint64_t requests = 0;
  // Client ports in use by the newest census so far; where there never was one, TIME_WAIT sockets
  // of the network namespace.
  std::optional<std::uint64_t> held;
  double rate() const { return static_cast<double>(requests) / (to - from); }
};
// One for each sample of the timeline; a last one of less than half a sample's length, whose rate
// would say nothing, is joined to the one before.
std::vector<Slice> slices(const Run& run);

struct RateStatistics {
  double mean, min, max;
  std::optional<double> deviation;            // of a sample; nothing for a single slice
  std::array<double, percentiles.size()> at;  // as in `percentiles`
};
// Of successes per second, over the slices.
std::optional<RateStatistics> rate_statistics(const Run& run);

}  // namespace tws
