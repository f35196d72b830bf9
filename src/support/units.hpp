// Parses and prints durations, counts and sizes.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tws {

// "10s", "500ms", "1.5m", "250us", "2h", "1m30s", "30S"; a bare number is in seconds. Nothing for
// other text, negative values and more than 100 years. Here and below a number may be written as
// 1e3 or 1_000, except in parse_number().
std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text);

// "1000", "10k", "2M", "1G": powers of 1,000.
std::optional<std::uint64_t> parse_count(std::string_view text);

// Per second: "1000", "20k", "0.5", "1000/s", "60/m", "100/1s"; above 0 and at most 1G.
std::optional<double> parse_rate(std::string_view text);

// "512", "1k", "64KiB", "1M": bytes, powers of 1,024.
std::optional<std::uint64_t> parse_size(std::string_view text);

// A decimal whole number and nothing else, at most `highest`.
std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t highest);

// The highest count.
inline constexpr double countable = 1e18;

// The nearest whole number from 0 to `countable`; 0 for NaN.
std::uint64_t whole(double value);

double to_seconds(std::chrono::nanoseconds time);

// "16,384"
std::string format_count(std::uint64_t count);

// "1 port", "16,384 ports"; with the ending "es" "2 addresses".
std::string plural(std::uint64_t count, std::string_view noun, std::string_view ending = "s");

// Three significant digits and the unit that suits: "1.23 ms", "45.0 us", "6.71 s".
std::string format_duration(double seconds);

// "19.00 B", "304.45 KiB"
std::string format_bytes(double bytes);

}  // namespace tws
