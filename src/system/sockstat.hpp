// The kernel's own totals of TCP sockets, which are cheap to read even with a million sockets.
#pragma once

#include <cstdint>
#include <optional>

namespace tws {

// The line "TCP:" of /proc/net/sockstat (net/ipv4/proc.c).
struct Sockstat {
  std::uint64_t in_use = 0;  // IPv4 sockets of this network namespace
  std::uint64_t orphan = 0;  // closed by their program but still open in the kernel; whole machine
  std::uint64_t time_wait = 0;  // TIME_WAIT and orphaned FIN_WAIT2, IPv4 and IPv6, this namespace
  std::uint64_t allocated = 0;  // IPv4 sockets in any state; whole machine
  bool operator==(const Sockstat&) const = default;
};

// Nothing on systems other than Linux.
std::optional<Sockstat> read_sockstat();

}  // namespace tws
