// How systems assign source ports, keep TIME_WAIT, and answer a SYN that meets one: rules as
// values, used by the budget and by the simulation.
#pragma once

#include "tws/measure/plan.hpp"
#include "tws/system/limits.hpp"

#include <chrono>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

namespace tws {

// Where connect() looks for a port.
enum class PortOrder : std::uint8_t {
  // The next one after the last that was assigned, whatever the target.
  in_order,
  // From an offset that depends on both addresses and advances with each connection; the ports of
  // the range's first parity before those of the other.
  by_parity,
  // The same without parities: with IP_LOCAL_PORT_RANGE, since Linux 6.8.
  by_hash,
  // From a random port on, in order.
  random,
};

// How a new connection's sequence number (or time stamp) compares with that of the old connection
// on the same pair of addresses and ports.
enum class Growth : std::uint8_t {
  grows,   // it is greater
  random,  // it is greater in half of all cases
  unseen,  // the system ignores it
};

// What a SYN needs to replace a TIME_WAIT at its target. A SYN that does not pass gets no useful
// answer: the client repeats it, with the same numbers, until the TIME_WAIT is gone.
struct SynRules {
  Growth sequence = Growth::grows;
  Growth time_stamp = Growth::grows;
  bool either_will_do = false;  // false: it needs both
  // How long after the end of the old connection a sequence number that grows with the clock is
  // beyond its window.
  std::chrono::nanoseconds lead{};
};

struct SystemRules {
  std::string_view name;    // "macos-12", as --os takes it
  std::string_view covers;  // "macOS 12 to 14"
  std::string_view os;      // as uname(2) has it
  std::string_view kernel;  // whose rules these are
  // Why its predictions are unchecked; empty if the lab compares them with the real kernel.
  std::string_view unchecked;

  PortRange ports;
  PortOrder order = PortOrder::by_parity;
  // by_parity, by_hash: the longest step of a search, in candidate ports. Each search picks its
  // step at random; 0: one port after the other.
  std::uint32_t port_step_width = 0;
  // A port may be used towards several targets at once.
  bool ports_shared = true;

  std::chrono::nanoseconds time_wait{};
  // Expired TIME_WAITs are removed in passes. Time to the next pass: pass_soonest while connections
  // close, otherwise random, up to pass_latest. 0: no passes, each is removed when it expires.
  std::chrono::nanoseconds pass_soonest{}, pass_latest{};
  bool time_wait_on_loopback = true;
  // More connections are closed without TIME_WAIT.
  std::uint64_t max_time_wait = std::numeric_limits<std::uint64_t>::max();
  TimeWaitReuse reuse = TimeWaitReuse::Off;
  std::chrono::nanoseconds reuse_delay{};
  // The delay is counted in full seconds: it ends when the clock's second changes.
  bool delay_by_seconds = false;

  SynRules syn;
  // Times after the first SYN. After the last one there are no more.
  std::span<const std::chrono::seconds> syn_again;
  std::chrono::seconds connect_timeout{};  // the kernel's own: ETIMEDOUT

  std::chrono::nanoseconds search_cost{};  // for each port that connect() checks
};

// In the order in which --os lists them.
std::span<const SystemRules> known_systems();

// Null for an unknown name.
const SystemRules* find_system(std::string_view name);

// The rules of `os` as in uname(2), of any version: all versions choose ports in the same way.
// Linux's rules for an unknown system.
const SystemRules& rules_of_os(std::string_view os);

// The same rules with net.ipv4.ip_local_port_step_width (Linux 7.1).
SystemRules with_port_steps(SystemRules rules, std::uint32_t width);

// Where connect() looks for a port of a run with this plan.
PortOrder port_order(const SystemRules& rules, const Plan& plan);

// Whether the side that closes first keeps TIME_WAIT at all.
bool keeps_time_wait(const SystemRules& rules, bool on_loopback);

// Whether connect() takes over a TIME_WAIT of its own side after `reuse_delay`.
bool reuses_time_wait(const SystemRules& rules, bool on_loopback);

}  // namespace tws
