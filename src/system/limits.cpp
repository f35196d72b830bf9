#include "tws/system/limits.hpp"

namespace tws {
namespace {

// connect() treats the unspecified address as loopback (net/ipv4/route.c,
// ip_route_output_key_hash_rcu; net/ipv6/tcp_ipv6.c, tcp_v6_connect).
bool is_loopback(const boost::asio::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return is_loopback(
        boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6()));
  return address.is_loopback() || address.is_unspecified();
}

LimitSources linux_sources() {
  LimitSources sources;
  sources.ports = "/proc/sys/net/ipv4/ip_local_port_range";
  sources.reserved = "/proc/sys/net/ipv4/ip_local_reserved_ports";
  sources.reserved_ports = sources.reserved;
  sources.held_ports = "NETLINK_SOCK_DIAG: bound ports, and others that connect() refuses";
  sources.usable_ports = "the port range less reserved and held ports";
  sources.port_step_width = "/proc/sys/net/ipv4/ip_local_port_step_width";
  sources.time_wait_seconds = "include/net/tcp.h: TCP_TIMEWAIT_LEN";
  sources.reuse = "/proc/sys/net/ipv4/tcp_tw_reuse";
  sources.reuse_delay_seconds = "/proc/sys/net/ipv4/tcp_tw_reuse_delay";
  sources.timestamps = "/proc/sys/net/ipv4/tcp_timestamps";
  sources.max_time_wait = "/proc/sys/net/ipv4/tcp_max_tw_buckets";
  sources.open_files = "getrlimit(RLIMIT_NOFILE): soft";
  sources.open_files_hard = "getrlimit(RLIMIT_NOFILE): hard";
  sources.somaxconn = "/proc/sys/net/core/somaxconn";
  sources.syn_backlog = "/proc/sys/net/ipv4/tcp_max_syn_backlog";
  sources.conntrack_count = "/proc/sys/net/netfilter/nf_conntrack_count";
  sources.conntrack_max = "/proc/sys/net/netfilter/nf_conntrack_max";
  return sources;
}

LimitSources darwin_sources() {
  LimitSources sources;
  sources.ports = "net.inet.ip.portrange.first, net.inet.ip.portrange.last";
  sources.usable_ports = "the port range";
  sources.time_wait_seconds = "net.inet.tcp.msl, twice";
  sources.reuse = "bsd/netinet/in_pcb.c: in_pcbbind";
  sources.open_files = "getrlimit(RLIMIT_NOFILE): soft";
  sources.open_files_hard = "getrlimit(RLIMIT_NOFILE): hard";
  sources.somaxconn = "kern.ipc.somaxconn";
  return sources;
}

}  // namespace

std::string_view name(TimeWaitReuse reuse) {
  switch (reuse) {
    case TimeWaitReuse::Off:
      return "off";
    case TimeWaitReuse::Loopback:
      return "loopback";
    case TimeWaitReuse::On:
      return "on";
  }
  return "?";
}

bool reuse_applies(const Limits& limits, const boost::asio::ip::address& target) {
  if (limits.timestamps == false) return false;
  return limits.reuse == TimeWaitReuse::On ||
         (limits.reuse == TimeWaitReuse::Loopback && is_loopback(target));
}

LimitSources limit_sources(std::string_view os) {
  if (os == "Linux") return linux_sources();
  if (os == "Darwin") return darwin_sources();
  return {};
}

}  // namespace tws
