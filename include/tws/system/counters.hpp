// The kernel's TCP counters of this network namespace. They count since boot and for everybody:
// only a difference over a run says anything.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace tws {

// "TcpExt.TW", "Tcp.ActiveOpens": a section of /proc/net/netstat or /proc/net/snmp, and a name.
using Counters = std::map<std::string, std::int64_t>;

// Empty where the system shows none (anything but Linux).
Counters read_counters();

// What moved, of the counters that both have; never a gauge (Tcp.CurrEstab) or a constant.
Counters difference(const Counters& before, const Counters& after);

}  // namespace tws
