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
constexpr std::uint64_t rotated_each = 8;  // for a connection

}  // namespace

PortRange rotated_ports(const Plan& plan, std::uint64_t sources, const PortRange& system) {
  if (plan.port_range) return *plan.port_range;
  const std::uint64_t wanted = std::max(fewest_rotated, rotated_each * plan.connections);
  const auto size = std::min<std::uint64_t>((wanted + sources - 1) / sources, system.size() / 2);
  return {static_cast<std::uint16_t>(system.high - size + 1), system.high};
}

}  // namespace tws
