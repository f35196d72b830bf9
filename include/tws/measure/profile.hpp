// How a plan's load changes over time: its rate, or its number of connections.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace tws {

struct Plan;

enum class Varied : std::uint8_t { rate, connections };
std::string_view name(Varied varied);

// A part of the run: the load goes evenly from one value to another.
struct Stage {
  std::chrono::nanoseconds length{};
  double from = 0, to = 0;  // requests per second, or connections
  bool operator==(const Stage&) const = default;

  double mean() const { return (from + to) / 2; }
  bool is_ramp() const { return from != to; }
};

struct Profile {
  Varied varied = Varied::rate;
  std::vector<Stage> stages;  // empty: the load is the same all the time
  bool operator==(const Profile&) const = default;

  std::chrono::nanoseconds length() const;
  double highest() const;
};

// When requests of a rate are due: each has an interval of 1/rate seconds.
enum class Arrivals : std::uint8_t {
  even,     // in the middle of it
  uniform,  // anywhere in it, by chance
  poisson,  // by chance alone: independent of each other, and as many on average
};
std::string_view name(Arrivals arrivals);

// The stages of a plan's rate from the beginning of the load on, with its warm-up; nothing for a
// plan whose rate is constant, or that has none.
std::vector<Stage> rates_of(const Plan& plan);
// The same of its connections.
std::vector<Stage> connections_of(const Plan& plan);

// When the books of one part of the run are closed and the next ones are opened, from the beginning
// of the load on: after the warm-up, and between two stages.
std::vector<std::chrono::nanoseconds> turns_of(const Plan& plan);

// Connections x seconds of a plan's first `seconds`, without its warm-up.
double connection_seconds(const Plan& plan, double seconds);

}  // namespace tws
