// What the operating system allows, as far as it bears on the number of TCP connections.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace tws {

struct PortRange {
  std::uint16_t low = 0;
  std::uint16_t high = 0;  // the last port of the range, not the one after
  std::uint32_t size() const { return static_cast<std::uint32_t>(high - low + 1); }
  bool operator==(const PortRange&) const = default;
};

// "49152-65535": 1 to 65535, the lower one first. Nothing for anything else.
std::optional<PortRange> parse_port_range(std::string_view text);

// Who may connect from a port whose old connection to the same target is in TIME_WAIT.
enum class TimeWaitReuse { Off, Loopback, On };

// "off", "loopback", "on"
std::string_view name(TimeWaitReuse reuse);

// A field without a value is unknown, or the system has no such limit.
struct Limits {
  std::optional<PortRange> ports;                  // what connect() chooses from
  std::optional<std::vector<PortRange>> reserved;  // what it leaves out
  std::optional<std::uint64_t> reserved_ports;     // how many these are, inside `ports` or not
  std::optional<std::uint64_t> usable_ports;       // ports of the range that are not reserved
  std::optional<double> time_wait_seconds;
  std::optional<TimeWaitReuse> reuse;
  std::optional<double> reuse_delay_seconds;   // how old a TIME_WAIT must be to be reused
  std::optional<std::uint64_t> max_time_wait;  // size of the TIME_WAIT table
  std::optional<std::uint64_t> open_files;     // of this process, the soft limit
  std::optional<std::uint64_t> somaxconn;      // a listener's backlog is cut to this
  std::optional<std::uint64_t> conntrack_max;  // connections that the firewall can track
  bool operator==(const Limits&) const = default;
};

// Of this network namespace and process.
Limits read_limits();

}  // namespace tws
