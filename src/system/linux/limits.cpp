#include "tws/system/limits.hpp"

#include "../port_list.hpp"
#include "procfs.hpp"
#include "tws/support/units.hpp"
#include "tws/system/open_files.hpp"

#include <algorithm>
#include <limits>

namespace tws {
namespace {

// /proc/sys follows the network namespace of the reading thread (net/sysctl_net.c).
std::optional<std::string> read_sysctl(const std::string& path) {
  auto text = read_text("/proc/sys/net/" + path);
  if (!text) return {};
  text->erase(std::min(text->find_last_not_of(" \n") + 1, text->size()));
  return *text;
}

std::optional<std::uint64_t> read_number(const std::string& path) {
  const auto text = read_sysctl(path);
  return text ? parse_number(*text, std::numeric_limits<std::uint64_t>::max()) : std::nullopt;
}

std::optional<TimeWaitReuse> read_reuse() {
  const auto number = read_number("ipv4/tcp_tw_reuse");
  if (number == 0) return TimeWaitReuse::Off;
  if (number == 1) return TimeWaitReuse::On;
  if (number == 2) return TimeWaitReuse::Loopback;
  return {};
}

}  // namespace

Limits read_limits() {
  Limits limits;
  if (auto text = read_sysctl("ipv4/ip_local_port_range")) {
    std::ranges::replace(*text, '\t', '-');
    limits.ports = parse_port_range(*text);
  }
  if (const auto text = read_sysctl("ipv4/ip_local_reserved_ports"))
    limits.reserved = parse_port_list(*text);
  if (limits.reserved) limits.reserved_ports = count_ports(*limits.reserved);
  if (limits.ports && limits.reserved)
    limits.usable_ports = count_usable(*limits.ports, *limits.reserved);
  limits.time_wait_seconds = 60;  // TCP_TIMEWAIT_LEN (include/net/tcp.h), not a setting
  limits.reuse = read_reuse();
  // Milliseconds; Linux 6.14 and newer. Before, it was somewhere within the first second.
  if (const auto delay = read_number("ipv4/tcp_tw_reuse_delay"))
    limits.reuse_delay_seconds = static_cast<double>(*delay) / 1000;
  limits.max_time_wait = read_number("ipv4/tcp_max_tw_buckets");
  limits.open_files = open_file_limit();
  limits.somaxconn = read_number("core/somaxconn");
  limits.conntrack_max = read_number("netfilter/nf_conntrack_max");
  return limits;
}

}  // namespace tws
