// The kernel's TCP counters of this network namespace. They count since boot and for all programs,
// so only a difference over a run is useful.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace tws {

// "TcpExt.TW", "Tcp.ActiveOpens": a section of /proc/net/netstat or /proc/net/snmp, and a name.
using Counters = std::map<std::string, std::int64_t>;

// Empty on systems other than Linux.
Counters read_counters();

// The counters that changed, if both have them; without gauges (Tcp.CurrEstab) and constants.
Counters difference(const Counters& before, const Counters& after);

}  // namespace tws
