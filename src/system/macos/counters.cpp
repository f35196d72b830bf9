// Unchecked at run time: written from xnu's sources, never compiled on macOS.
#include "tws/system/counters.hpp"

#include "system/sockstat.hpp"

namespace tws {

// net.inet.tcp.stats contains only zeros unless root reads it (tcp_subr.c, tcp_getstat), so it is
// not used.
Counters read_counters() {
  return {};
}

// net.inet.tcp.pcbcount alone, without orphans and (macOS 15) TIME_WAIT, is not enough.
std::optional<Sockstat> read_sockstat() {
  return {};
}

}  // namespace tws
