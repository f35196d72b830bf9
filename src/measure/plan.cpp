#include "tws/measure/plan.hpp"

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
  if (!limits.ports && !plan.port_range) return {};
  UsablePorts ports{limits.ports ? *limits.ports : *plan.port_range};
  if (plan.port_range) ports.range = narrowed(ports.range, *plan.port_range);
  ports.count = ports.range.size();
  // `reserved` has no port twice: the kernel prints it from a bitmap.
  if (limits.reserved)
    for (const PortRange& reserved : *limits.reserved)
      ports.count -= overlap(ports.range, reserved);
  if (limits.usable_ports && limits.ports)
    ports.count = std::min(ports.count, *limits.usable_ports);
  return ports;
}

}  // namespace tws
