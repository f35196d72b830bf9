#include "tws/system/limits.hpp"

#include "support/units.hpp"
#include "system/linux/netlink.hpp"
#include "system/linux/port_sharing.hpp"
#include "system/linux/procfs.hpp"
#include "system/linux/sock_diag.hpp"
#include "system/open_files.hpp"
#include "system/port_list.hpp"

#include <algorithm>
#include <limits>

namespace tws {
namespace {

// /proc/sys follows the network namespace of the reading thread (net/sysctl_net.c).
std::optional<std::string> read_sysctl(std::string_view path) {
  auto text = read_text(std::string(path));
  if (!text) return {};
  text->erase(std::min(text->find_last_not_of(" \n") + 1, text->size()));
  return *text;
}

std::optional<std::uint64_t> read_number(std::string_view path) {
  const auto text = read_sysctl(path);
  return text ? parse_number(*text, std::numeric_limits<std::uint64_t>::max()) : std::nullopt;
}

std::optional<TimeWaitReuse> read_reuse(std::string_view path) {
  const auto number = read_number(path);
  if (number == 0) return TimeWaitReuse::Off;
  if (number == 1) return TimeWaitReuse::On;
  if (number == 2) return TimeWaitReuse::Loopback;
  return {};
}

std::optional<PortSet> ports_of_sockets(std::uint32_t states) {
  PortSet ports;
  const auto ec =
      dump_sockets(states, {}, [&](const SocketRow& row) { ports.set(row.local.port); });
  // If the table changed during the dump, the rows read so far are used.
  if (ec && ec != boost::system::errc::interrupted) return {};
  return ports;
}

// Of the range, those that connect() leaves out for every target, reserved ones aside.
std::optional<PortSet> read_held_ports(const PortSet& range, const PortSet& reserved) {
  const auto held = ports_of_sockets(listen_state | bound_inactive_state);
  const auto all = ports_of_sockets(every_state);
  if (!held || !all) return {};
  return (*held & range) | unshared_ports(*all & range & ~*held & ~reserved);
}

void read_ports(Limits& limits, const LimitSources& sources) {
  limits.ports = read_port_range();
  if (const auto text = read_sysctl(sources.reserved)) limits.reserved = parse_port_list(*text);
  if (limits.reserved) limits.reserved_ports = count_ports(*limits.reserved);
  if (!limits.ports) return;
  const auto reserved = port_set(limits.reserved.value_or(std::vector<PortRange>{}));
  const auto held = read_held_ports(port_set({*limits.ports}), reserved);
  if (held) {
    limits.held_ports = held->count();
    limits.held = port_ranges(*held & ~reserved);
  }
  if (limits.reserved)
    limits.usable_ports = count_usable(*limits.ports, *limits.reserved, held.value_or(PortSet{}));
}

}  // namespace

std::optional<PortRange> read_port_range() {
  auto text = read_sysctl(limit_sources("Linux").ports);
  if (!text) return {};
  std::ranges::replace(*text, '\t', '-');
  return parse_port_range(*text);
}

Limits read_limits() {
  const LimitSources sources = limit_sources("Linux");
  Limits limits;
  read_ports(limits, sources);
  limits.port_step_width = read_number(sources.port_step_width);
  limits.time_wait_seconds = 60;  // constant in the kernel
  limits.reuse = read_reuse(sources.reuse);
  // Milliseconds; Linux 6.14 and newer. Before, the delay was up to one second.
  if (const auto delay = read_number(sources.reuse_delay_seconds))
    limits.reuse_delay_seconds = static_cast<double>(*delay) / 1000;
  // 1 and 2 differ only in the random offset of the time stamps.
  if (const auto timestamps = read_number(sources.timestamps)) limits.timestamps = *timestamps != 0;
  limits.max_time_wait = read_number(sources.max_time_wait);
  limits.open_files = open_file_limit();
  limits.open_files_hard = hard_open_file_limit();
  limits.somaxconn = read_number(sources.somaxconn);
  limits.syn_backlog = read_number(sources.syn_backlog);
  limits.conntrack_count = read_number(sources.conntrack_count);
  limits.conntrack_max = read_number(sources.conntrack_max);
  return limits;
}

}  // namespace tws
