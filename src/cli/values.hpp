// Converts words of the command line to values, or refuses them with a message.
#pragma once

#include "support/endpoint.hpp"
#include "support/units.hpp"
#include "tws/support/errors.hpp"
#include "tws/system/limits.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tws {

inline constexpr std::uint64_t most_addresses = 1'000'000;
inline constexpr std::uint64_t most_entries = 1'000'000'000;  // of a table of connections

inline constexpr std::string_view duration_form = "a duration, such as 20ms, 1.5s or 2m";

// A word of the command line as typed; nothing if the option was not given.
using Word = std::optional<std::string>;

// "--rtt: '2m' is longer than a minute". The sentence must contain the value.
[[noreturn]] inline void refuse(std::string_view option, std::string_view sentence) {
  throw UsageError(fmt::format("{}: {}", option, sentence));
}

// "--threads: '0' is not a number from 1 to 1024"
[[noreturn]] inline void refuse(std::string_view option, std::string_view value,
                                std::string_view takes) {
  refuse(option, fmt::format("'{}' is not {}", value, takes));
}

// The value of `first` or of `second`, whichever has this name.
template <typename T>
T either(std::string_view option, std::string_view value, std::pair<std::string_view, T> first,
         std::pair<std::string_view, T> second) {
  if (value == first.first) return first.second;
  if (value == second.first) return second.second;
  refuse(option, value, fmt::format("one of {}, {}", first.first, second.first));
}

inline std::uint64_t number_between(std::string_view option, std::string_view value,
                                    std::uint64_t lowest, std::uint64_t highest) {
  auto number = parse_number(value, highest);
  if (!number) number = parse_count(value);
  if (!number || *number < lowest || *number > highest)
    refuse(option, value, fmt::format("a number from {} to {}", lowest, highest));
  return *number;
}

inline std::chrono::nanoseconds duration(std::string_view option, std::string_view value) {
  const auto time = parse_duration(value);
  if (!time) refuse(option, value, duration_form);
  return *time;
}

inline std::chrono::nanoseconds positive_duration(std::string_view option, std::string_view value) {
  const auto time = duration(option, value);
  if (time == time.zero()) refuse(option, fmt::format("'{}' must be longer than 0", value));
  return time;
}

inline PortRange port_range(std::string_view option, std::string_view value) {
  const auto ports = parse_port_range(value);
  if (!ports) refuse(option, value, "LOW-HIGH within 1 to 65535, such as 49152-65535");
  return *ports;
}

inline tcp::endpoint endpoint(std::string_view option, std::string_view value) {
  const auto parsed = parse_endpoint(value);
  if (!parsed) refuse(option, value, "ADDR:PORT, such as 127.0.0.1:3779 or [::1]:0");
  return *parsed;
}

}  // namespace tws
