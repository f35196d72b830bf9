#include "tws/system/counters.hpp"

#include "system/linux/procfs.hpp"
#include "system/sockstat.hpp"

namespace tws {

Counters read_counters() {
  Counters counters;
  if (const auto text = read_text("/proc/thread-self/net/snmp"))
    counters = parse_counters(*text, "Tcp");
  if (const auto text = read_text("/proc/thread-self/net/netstat"))
    counters.merge(parse_counters(*text, "TcpExt"));
  return counters;
}

std::optional<Sockstat> read_sockstat() {
  const auto text = read_text("/proc/thread-self/net/sockstat");
  return text ? parse_sockstat(*text) : std::nullopt;
}

}  // namespace tws
