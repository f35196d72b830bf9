// Unchecked at run time: written from xnu's sources, never compiled on macOS.
#include "tws/system/counters.hpp"

#include "system/sockstat.hpp"

namespace tws {

// net.inet.tcp.stats reads as zeros unless root asks (tcp_subr.c, tcp_getstat): better nothing.
Counters read_counters() {
  return {};
}

// net.inet.tcp.pcbcount alone, without the orphans and (macOS 15) TIME_WAIT, is none.
std::optional<Sockstat> read_sockstat() {
  return {};
}

}  // namespace tws
