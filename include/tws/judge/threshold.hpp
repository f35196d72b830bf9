// A limit that the user sets for a number of a run: --threshold 'errors < 1% over 10s abort'.
#pragma once

#include "tws/measure/plan.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tws {

// What a number is measured in.
enum class Unit : std::uint8_t { seconds, share, per_second, count };
std::string_view name(Unit unit);

enum class Relation : std::uint8_t { below, at_most, above, at_least };
std::string_view name(Relation relation);  // "<"

// A number of a run.
struct Metric {
  enum class Of : std::uint8_t {
    latency,  // the first four are times
    first_byte,
    connect,
    handshake,
    rate,  // successes per second
    attempts,
    errors,  // failed attempts, failed requests and responses with another status than Plan::ok
    successes,
    status,    // responses with a status from `lowest` to `highest`
    achieved,  // begun requests, of those that were due (Plan::rate)
  };
  enum class As : std::uint8_t { percentile, min, mean, max, deviation };  // of times

  Of of = Of::latency;
  As as = As::percentile;
  double share = 0;  // of a percentile, 0 to 1
  int lowest = 0, highest = 0;
  std::string url{};  // of this target alone; empty: of all

  bool is_time() const { return of <= Of::handshake; }
};

// "p99", "connect.p50", "status.5xx"; nothing where there is no such number.
std::optional<Metric> metric_of(std::string_view name);

struct Threshold {
  std::string text;  // as typed
  Metric metric;
  Relation relation = Relation::below;
  double limit = 0;  // in `unit`
  Unit unit = Unit::seconds;
  // It must hold in each part of the run that is so long; nothing: over the whole run.
  std::optional<std::chrono::nanoseconds> window;
  // End the run where it does not hold, but not before this time.
  std::optional<std::chrono::nanoseconds> abort_after;

  bool holds(double value) const;
};

// Throws UsageError with one line that says what is wrong.
Threshold parse_threshold(std::string_view text);

// The plan's thresholds. Throws UsageError, also where this plan can't have such a number.
std::vector<Threshold> thresholds_of(const Plan& plan);

}  // namespace tws
