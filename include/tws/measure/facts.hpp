// Numbers calculated from a run. Report, diagnosis and lab all use these functions, so that their
// numbers agree.
#pragma once

#include "tws/measure/run.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace tws {

// Nothing if `divisor` is 0.
std::optional<double> ratio(double dividend, double divisor);

// The standard deviation of a sample, in seconds, as exact as the buckets are. Nothing for fewer
// than two values.
std::optional<double> deviation(const Histogram& histogram);

// The share of successes in everything that has ended: responses, failed
// requests and failed attempts. Nothing if nothing has ended.
std::optional<double> success_rate(const Tally& tally);

// The number of responses, failed requests and failed attempts.
std::uint64_t ended(const Tally& tally);

// Failed attempts that never left this machine: see is_local().
std::uint64_t never_left(const Tally& tally);

// All kinds of failures, the most frequent first.
std::vector<std::pair<FailureKind, Failure>> failures(const Tally& tally);

// Ages of requests and attempts that were unfinished when the run ended: everything in flight
// except in `backoff`. without_first_byte() also leaves out `read`, where the first byte had come.
// With a rate, both include requests that were due and never begun.
Histogram unfinished(const Tally& tally);
Histogram without_first_byte(const Tally& tally);

// The latency of successes, and of what was unfinished as a lower bound.
std::optional<Quantile> latency_quantile(const Tally& tally, double share);

// How well a run kept its plan's rate.
struct RateKept {
  std::uint64_t due = 0;    // requests until the end of the run
  std::uint64_t begun = 0;  // how many of them were begun
};
// Nothing for a run without a rate.
std::optional<RateKept> rate_kept(const Run& run);

struct InFlightSummary {
  std::uint64_t count = 0;
  std::optional<double> oldest, mean;  // seconds
  std::array<std::uint64_t, phase_names.size()> by_phase{};
  std::uint64_t requests() const;    // in `handshake`, `write`, `wait` and `read`
  std::uint64_t on_the_way() const;  // requests() and those in `connect`
};
InFlightSummary in_flight(const Tally& tally);

// The maximum of client ports in use in a census; nothing without a census.
std::optional<std::uint64_t> peak_ports(const Run& run);

// How a trial's prediction fared; within a tenth counts as met.
enum class Fared {
  as_predicted,
  ports_left,  // the ports were not used up in its time, so a ceiling was not reached
  otherwise,
};
std::string_view name(Fared fared);
Fared fared(const Trial& trial, const Prediction& predicted);

// A part of the run's time.
struct Slice {
  double from = 0, to = 0;  // seconds since the start
  std::uint64_t requests = 0;
  // Client ports in use in the latest census; without any census, TIME_WAIT sockets of the network
  // namespace.
  std::optional<std::uint64_t> held;
  double rate() const { return static_cast<double>(requests) / (to - from); }
};
// One for each sample of the timeline. A last sample of less than half the usual length is joined
// to the previous one, because its rate would be meaningless.
std::vector<Slice> slices(const Run& run);

// Successes per second of the best slice; 0 if there is none.
double best_rate(const Run& run);

// Successes in the first `seconds`, with a proportional part of the last slice.
double successes_until(const Run& run, double seconds);

// Requests per connection of the plan; 1 if connections are kept without limit.
double requests_each(const Plan& plan);

// The part of a run until the first EADDRNOTAVAIL.
struct WhilePortsLasted {
  double seconds = 0;
  std::uint64_t connections = 0;
  double rate() const { return static_cast<double>(connections) / seconds; }
};
// Nothing without an EADDRNOTAVAIL, or without a connection before it. `burst`: connections that
// the ports allow before the first port is free again after `hold_seconds`; nothing: no ceiling.
std::optional<WhilePortsLasted> while_ports_lasted(const Run& run,
                                                   std::optional<std::uint64_t> burst,
                                                   double hold_seconds);

}  // namespace tws
