// Numbers that are worked out from a run, each in this one place: the report, the diagnosis and the
// lab all take them from here, so that they can't disagree.
#pragma once

#include "tws/measure/run.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace tws {

// Nothing where there is nothing to divide by.
std::optional<double> ratio(double dividend, double divisor);

// Successes of everything that has ended: responses, failed requests and failed
// attempts. Nothing where nothing has.
std::optional<double> success_rate(const Tally& tally);

// How many these are.
std::uint64_t ended(const Tally& tally);

// Failed attempts of which the server can't know: see is_local().
std::uint64_t never_left(const Tally& tally);

// Every kind of failure once, the most frequent first.
std::vector<std::pair<FailureKind, Failure>> failures(const Tally& tally);

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

// Successes per second of the best slice; 0 where there is none.
double best_rate(const Run& run);

// Successes in the first `seconds`; of the slice in which they end, a part.
double successes_until(const Run& run, double seconds);

// Requests that a connection is there for: 1 where it is kept without end.
double requests_each(const Plan& plan);

// Until the first EADDRNOTAVAIL.
struct WhilePortsLasted {
  double seconds = 0;
  std::uint64_t connections = 0;
  double rate() const { return static_cast<double>(connections) / seconds; }
};
// Nothing where none came, or no connection before it. `burst`: connections that the ports allow
// before the first one comes back, which it does after `hold_seconds`; nothing: no ceiling.
std::optional<WhilePortsLasted> while_ports_lasted(const Run& run,
                                                   std::optional<std::uint64_t> burst,
                                                   double hold_seconds);

}  // namespace tws
