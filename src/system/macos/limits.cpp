// Unchecked at run time: written from xnu's sources, never compiled on macOS.
#include "tws/system/limits.hpp"

#include "system/open_files.hpp"

#include <sys/sysctl.h>
#include <sys/types.h>

namespace tws {
namespace {

std::optional<int> read_int(const char* name) {
  int value = 0;
  std::size_t size = sizeof value;
  if (sysctlbyname(name, &value, &size, nullptr, 0) != 0 || size != sizeof value) return {};
  return value;
}

}  // namespace

std::optional<PortRange> read_port_range() {
  const auto first = read_int("net.inet.ip.portrange.first");
  const auto last = read_int("net.inet.ip.portrange.last");
  if (!first || !last || *first <= 0 || *first > *last || *last > 65535) return {};
  return PortRange{static_cast<std::uint16_t>(*first), static_cast<std::uint16_t>(*last)};
}

Limits read_limits() {
  Limits limits;
  limits.ports = read_port_range();
  // macOS has no list of reserved ports, and connect() never uses a port in TIME_WAIT (in_pcb.c,
  // in_pcbbind). connect() never uses a port that any socket has; the ports in use at the start are
  // not counted.
  if (limits.ports) limits.usable_ports = limits.ports->size();
  limits.reuse = TimeWaitReuse::Off;
  if (const auto msl = read_int("net.inet.tcp.msl"))  // milliseconds; TIME_WAIT is twice this
    limits.time_wait_seconds = 2.0 * *msl / 1000;
  limits.open_files = open_file_limit();
  limits.open_files_hard = hard_open_file_limit();
  if (const auto backlog = read_int("kern.ipc.somaxconn"); backlog && *backlog > 0)
    limits.somaxconn = static_cast<std::uint64_t>(*backlog);
  return limits;
}

}  // namespace tws
