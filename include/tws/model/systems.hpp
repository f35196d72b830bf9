// How systems give out source ports, keep TIME_WAIT, and answer a SYN that meets one: rules as
// values. The budget calculates with them, and the simulation plays them.
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
  // The one after the last that was given out, whatever the target.
  in_order,
  // From a place that depends on both addresses and moves on with each connection; the ports of the
  // range's first parity before those of the other.
  by_parity,
  // The same, all ports at once: with IP_LOCAL_PORT_RANGE, since Linux 6.8.
  by_hash,
  // From a random port on, in order.
  random,
};

// How a new connection's sequence number, or time stamp, stands to that of the old connection on
// the same pair of addresses and ports.
enum class Growth : std::uint8_t {
  grows,   // it is greater
  random,  // it is greater every other time
  unseen,  // nobody looks
};

// What a SYN needs to pass a TIME_WAIT at its target. One that does not pass is not answered in any
// way that helps: it is sent again, with the same numbers, until the TIME_WAIT is gone.
struct SynRules {
  Growth sequence = Growth::grows;
  Growth time_stamp = Growth::grows;
  bool either_will_do = false;  // else both
  // A sequence number that grows with the clock has passed the old connection's window only so long
  // after its end.
  std::chrono::nanoseconds lead{};
};

struct SystemRules {
  std::string_view name;    // "macos-12", as --os takes it
  std::string_view covers;  // "macOS 12 to 14"
  std::string_view os;      // as uname(2) has it
  std::string_view kernel;  // whose rules these are
  // Why its predictions are no more than that, and how to find out; empty where the lab holds them
  // against the real kernel.
  std::string_view unchecked;

  PortRange ports;
  PortOrder order = PortOrder::by_parity;
  // by_parity, by_hash: the longest step of a search, in ports that it could look at. Each search
  // has one of its own, at random; 0: one port after the other.
  std::uint32_t port_step_width = 0;
  // A port may be used towards several targets at once.
  bool ports_shared = true;

  std::chrono::nanoseconds time_wait{};
  // What is due is cleaned up in passes, all of it at once. The next pass comes so long after the
  // last one: the first while connections close, else anything up to the second; 0: each at its
  // time.
  std::chrono::nanoseconds pass_soonest{}, pass_latest{};
  bool time_wait_on_loopback = true;
  std::uint64_t max_time_wait = std::numeric_limits<std::uint64_t>::max();  // then: closed at once
  TimeWaitReuse reuse = TimeWaitReuse::Off;
  std::chrono::nanoseconds reuse_delay{};
  // The delay ends with the second in which it began, by a clock of whole seconds.
  bool delay_by_seconds = false;

  SynRules syn;
  // After the first SYN. There is no further one after the last.
  std::span<const std::chrono::seconds> syn_again;
  std::chrono::seconds connect_timeout{};  // the kernel's own: ETIMEDOUT

  std::chrono::nanoseconds search_cost{};  // for each port that connect() looks at
};

// In the order in which --os lists them.
std::span<const SystemRules> known_systems();

// Nothing for an unknown name.
const SystemRules* find_system(std::string_view name);

// The rules of `os`, as uname(2) has it: of any of its versions, as its choice of ports is the same
// in all of them. Linux's for an unknown one.
const SystemRules& rules_of_os(std::string_view os);

// The same with net.ipv4.ip_local_port_step_width, which Linux has since 7.1.
SystemRules with_port_steps(SystemRules rules, std::uint32_t width);

// Where connect() looks for a port of a run with this plan.
PortOrder port_order(const SystemRules& rules, const Plan& plan);

// Whether the side that closes first keeps TIME_WAIT at all.
bool keeps_time_wait(const SystemRules& rules, bool on_loopback);

// Whether connect() takes over a TIME_WAIT of its own side after `reuse_delay`.
bool reuses_time_wait(const SystemRules& rules, bool on_loopback);

}  // namespace tws
