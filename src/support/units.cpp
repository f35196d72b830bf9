#include "support/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <utility>

namespace tws {
namespace {

// Splits "1.5m" into 1.5 and "m". "1_000" and "1e3" are 1000. No sign, no spaces.
std::optional<std::pair<double, std::string_view>> split_unit(std::string_view text) {
  std::string digits;
  std::size_t at = 0;
  const auto is_digit = [&](std::size_t i) {
    return i < text.size() && text[i] >= '0' && text[i] <= '9';
  };
  for (; at < text.size(); ++at) {
    if (text[at] == '_' && at > 0 && is_digit(at - 1) && is_digit(at + 1)) continue;
    if (!is_digit(at) && text[at] != '.') break;
    digits += text[at];
  }
  if (!digits.empty() && at < text.size() && (text[at] == 'e' || text[at] == 'E') &&
      is_digit(at + 1))
    for (digits += text[at++]; is_digit(at); ++at) digits += text[at];
  char* end = nullptr;
  const double number = std::strtod(digits.c_str(), &end);
  if (digits.empty() || *end != '\0' || !std::isfinite(number)) return {};
  return std::pair{number, text.substr(at)};
}

// A whole number with one of the prefixes k, M, G, T, which are powers of `kilo`. `bytes` also
// allows "KiB".
std::optional<std::uint64_t> parse_scaled(std::string_view text, double kilo, bool bytes) {
  auto split = split_unit(text);
  if (!split) return {};
  auto [number, unit] = *split;
  if (!unit.empty()) {
    const char prefix = unit.front() == 'K' ? 'k' : unit.front();
    if (const auto power = std::string_view("kMGT").find(prefix); power != std::string_view::npos) {
      number *= std::pow(kilo, static_cast<double>(power + 1));
      unit.remove_prefix(1);
    }
  }
  if (!unit.empty() && !(bytes && (unit == "B" || unit == "iB"))) return {};
  if (number >= 1e18 || number != std::floor(number)) return {};
  return static_cast<std::uint64_t>(number);
}

}  // namespace

std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text) {
  // The longest first, as in "1h30m5s".
  using Unit = std::pair<std::string_view, double>;
  constexpr std::array<Unit, 7> units{
      {{"d", 86400}, {"h", 3600}, {"m", 60}, {"s", 1}, {"ms", 1e-3}, {"us", 1e-6}, {"ns", 1e-9}}};
  constexpr double longest = 100 * 365.25 * 86400;
  auto unit = units.begin();
  double total = 0;
  do {
    const auto part = split_unit(text);
    if (!part) return {};
    const auto typed = part->second.substr(0, part->second.find_first_of("0123456789."));
    std::string name(typed);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    // A number alone is in seconds.
    if (name.empty() && unit != units.begin()) return {};
    if (name.empty()) name = "s";
    unit = std::find_if(unit, units.end(), [&](const Unit& one) { return one.first == name; });
    if (unit == units.end()) return {};
    total += part->first * unit->second;
    text = part->second.substr(typed.size());
    ++unit;
  } while (!text.empty());
  if (total > longest) return {};
  return std::chrono::nanoseconds{std::llround(total * 1e9)};
}

std::optional<std::uint64_t> parse_count(std::string_view text) {
  return parse_scaled(text, 1000, false);
}

std::optional<double> parse_rate(std::string_view text) {
  constexpr double highest = 1e9;
  // "1000/s", "60/m", "100/1s"
  const auto slash = text.find('/');
  double per = 1;
  if (slash != text.npos) {
    std::string time(text.substr(slash + 1));
    if (!time.empty() && (time.front() < '0' || time.front() > '9')) time.insert(0, 1, '1');
    const auto length = parse_duration(time);
    if (!length || *length == length->zero()) return {};
    per = to_seconds(*length);
  }
  const auto number = split_unit(text.substr(0, slash));
  const auto count = parse_count(text.substr(0, slash));
  if (!number || (!count && !number->second.empty())) return {};
  const double rate = (count ? static_cast<double>(*count) : number->first) / per;
  if (!(rate > 0 && rate <= highest)) return {};
  return rate;
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  return parse_scaled(text, 1024, true);
}

std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t highest) {
  std::uint64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number > highest) return {};
  return number;
}

std::uint64_t whole(double value) {
  return value > 0 ? static_cast<std::uint64_t>(std::round(std::min(value, countable))) : 0;
}

double to_seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

std::string format_count(std::uint64_t count) {
  std::string digits = std::to_string(count);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, 1, ',');
  return digits;
}

std::string plural(std::uint64_t count, std::string_view noun, std::string_view ending) {
  return fmt::format("{} {}{}", format_count(count), noun, count == 1 ? "" : ending);
}

std::string format_duration(double seconds) {
  constexpr std::array<std::pair<double, std::string_view>, 3> units{
      {{1, "s"}, {1e-3, "ms"}, {1e-6, "us"}}};
  for (auto [size, name] : units) {
    const double value = seconds / size;
    // 0.9995 of a unit rounds to 1.00 of it.
    if (value < 0.9995 && name != "us") continue;
    const int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
    return fmt::format("{:.{}f} {}", value, decimals, name);
  }
  return {};
}

std::string format_bytes(double bytes) {
  constexpr std::array<std::string_view, 5> units{"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  while (bytes >= 1024 && unit + 1 < units.size()) {
    bytes /= 1024;
    ++unit;
  }
  return fmt::format("{:.2f} {}", bytes, units[unit]);
}

}  // namespace tws
