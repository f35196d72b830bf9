#include "tws/measure/plan.hpp"

#include "support/units.hpp"

#include <algorithm>

namespace tws {

std::string_view name(CloseBy close_by) {
  switch (close_by) {
    case CloseBy::server:
      return "server";
    case CloseBy::client:
      return "client";
    case CloseBy::reset:
      return "reset";
  }
  return {};
}

std::string_view name(PortChoice choice) {
  switch (choice) {
    case PortChoice::kernel:
      return "kernel";
    case PortChoice::rotate:
      return "rotate";
  }
  return {};
}

bool Plan::has_https() const {
  constexpr std::string_view scheme = "https://";
  const auto is_same = [](char a, char b) {
    return a == b || (a >= 'A' && a <= 'Z' && a + ('a' - 'A') == b);
  };
  return std::ranges::any_of(urls, [&](std::string_view url) {
    return std::ranges::equal(url.substr(0, scheme.size()), scheme, is_same);
  });
}

std::optional<Statuses> parse_statuses(std::string_view text) {
  constexpr std::size_t lowest = 100, highest = 999;  // RFC 9110 15: three digits
  const auto number = [](std::string_view digits) -> std::optional<std::size_t> {
    const auto value = parse_number(digits, highest);
    return value && *value >= lowest ? std::optional<std::size_t>(*value) : std::nullopt;
  };
  Statuses statuses;
  while (true) {
    const auto comma = text.find(',');
    const auto word = text.substr(0, comma);
    const auto dash = word.find('-');
    auto first = number(word.substr(0, dash)), last = first;
    if (dash != word.npos) {
      last = number(word.substr(dash + 1));
    } else if (word.size() == 3 && word.substr(1) == "xx" && word[0] >= '1' && word[0] <= '9') {
      first = static_cast<std::size_t>(word[0] - '0') * 100;
      last = *first + 99;
    }
    if (!first || !last || *last < *first) return {};
    for (auto status = *first; status <= *last; ++status) statuses.set(status);
    if (comma == text.npos) return statuses;
    text.remove_prefix(comma + 1);
  }
}

namespace {

constexpr std::uint64_t fewest_rotated = 1000;
constexpr std::uint64_t rotated_each = 8;  // ports per connection

// Like inet_sk_get_local_port_range(): a bound outside the system's range has no effect.
PortRange narrowed(PortRange system, PortRange plan) {
  PortRange range = system;
  if (range.low <= plan.low && plan.low <= range.high) range.low = plan.low;
  if (range.low <= plan.high && plan.high <= range.high) range.high = plan.high;
  return range;
}

std::uint64_t overlap(PortRange a, PortRange b) {
  const int low = std::max(a.low, b.low), high = std::min(a.high, b.high);
  return high < low ? 0 : static_cast<std::uint64_t>(high - low + 1);
}

}  // namespace

PortRange rotated_ports(const Plan& plan, std::uint64_t sources, const PortRange& system) {
  if (plan.port_range) return *plan.port_range;
  const std::uint64_t wanted = std::max(fewest_rotated, rotated_each * plan.connections);
  const auto size = std::min<std::uint64_t>((wanted + sources - 1) / sources, system.size() / 2);
  return {static_cast<std::uint16_t>(system.high - size + 1), system.high};
}

std::optional<UsablePorts> usable_ports(const Plan& plan, const Limits& limits) {
  if ((!limits.ports && !plan.port_range) || !plan.unix_socket.empty()) return {};
  UsablePorts ports{limits.ports ? *limits.ports : *plan.port_range};
  if (plan.port_range) ports.range = narrowed(ports.range, *plan.port_range);
  ports.count = ports.range.size();
  // No port is in both, nor in one of them twice.
  for (const auto* left_out : {&limits.reserved, &limits.held})
    if (*left_out)
      for (const PortRange& part : **left_out) ports.count -= overlap(ports.range, part);
  if (limits.usable_ports && limits.ports)
    ports.count = std::min(ports.count, *limits.usable_ports);
  return ports;
}

}  // namespace tws
