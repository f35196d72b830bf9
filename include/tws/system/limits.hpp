// The operating system's limits on the number of TCP connections.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace tws {

struct PortRange {
  std::uint16_t low = 0;
  std::uint16_t high = 0;  // the last port of the range, not the one after
  std::uint32_t size() const { return static_cast<std::uint32_t>(high - low + 1); }
  bool operator==(const PortRange&) const = default;
};

// "49152-65535": 1 to 65535, the lower one first. Nothing for other text.
std::optional<PortRange> parse_port_range(std::string_view text);

// Whether connect() may use a port whose old connection to the same target is in TIME_WAIT.
enum class TimeWaitReuse { Off, Loopback, On };

// "off", "loopback", "on"
std::string_view name(TimeWaitReuse reuse);

// A field without a value is unknown, or this system does not have the limit.
struct Limits {
  std::optional<PortRange> ports;                  // what connect() chooses from
  std::optional<std::vector<PortRange>> reserved;  // what it skips
  std::optional<std::uint64_t> reserved_ports;     // their number, inside and outside `ports`
  // Ports of the range on which a program listens, or which were bound, be it before a connection
  // that is in TIME_WAIT now (--ports rotate leaves such ones). connect() skips them for every
  // target, source, bound address, address family, SO_REUSEADDR and SO_REUSEPORT: it shares a port
  // only with ports that connect() itself chose (net/ipv4/inet_hashtables.c, __inet_hash_connect;
  // tested on Linux 6.18). Before Linux 6.8 only listening ports are visible, and before 6.3 none
  // that has a connection.
  std::optional<std::uint64_t> held_ports;
  std::optional<std::vector<PortRange>> held;  // which ones these are, without reserved ones
  // Ports of the range that are neither reserved nor, as far as known, held. If the range has an
  // odd number of ports, connect() leaves out the last one unless IP_LOCAL_PORT_RANGE is set.
  std::optional<std::uint64_t> usable_ports;
  // 0: connect() checks one port after the other; otherwise each call searches in steps of a random
  // length up to this value (net.ipv4.ip_local_port_step_width, since Linux 7.1).
  std::optional<std::uint64_t> port_step_width;
  std::optional<double> time_wait_seconds;
  std::optional<TimeWaitReuse> reuse;
  std::optional<double> reuse_delay_seconds;     // how old a TIME_WAIT must be to be reused
  std::optional<bool> timestamps;                // TCP timestamps (RFC 7323) are offered
  std::optional<std::uint64_t> max_time_wait;    // size of the TIME_WAIT table
  std::optional<std::uint64_t> open_files;       // of this process, the soft limit
  std::optional<std::uint64_t> open_files_hard;  // how far it can be raised
  std::optional<std::uint64_t> somaxconn;        // the maximum backlog of a listener
  std::optional<std::uint64_t> syn_backlog;      // maximum half-open connections of a listener
  std::optional<std::uint64_t> conntrack_count;  // connections in the firewall's table now
  std::optional<std::uint64_t> conntrack_max;    // size of that table
  bool operator==(const Limits&) const = default;
};

// The limits of this network namespace and process. Takes some milliseconds if there are many
// sockets.
Limits read_limits();

// Only `ports`, without the time for counting sockets.
std::optional<PortRange> read_port_range();

// Whether a TIME_WAIT on the client's side towards this target may be reused after
// reuse_delay_seconds, by a connect() that leaves the port to the kernel. "loopback" means loopback
// addresses, not the machine's other ones, and nothing is reused without timestamps
// (net/ipv4/tcp_ipv4.c, tcp_twsk_unique). If it is unknown whether timestamps are on, they count as
// on, which is the default.
bool reuse_applies(const Limits& limits, const boost::asio::ip::address& target);

// The source of each field of Limits; empty if unknown.
struct LimitSources {
  std::string_view ports;
  std::string_view reserved;
  std::string_view reserved_ports;
  std::string_view held_ports;
  std::string_view usable_ports;
  std::string_view port_step_width;
  std::string_view time_wait_seconds;
  std::string_view reuse;
  std::string_view reuse_delay_seconds;
  std::string_view timestamps;
  std::string_view max_time_wait;
  std::string_view open_files;
  std::string_view open_files_hard;
  std::string_view somaxconn;
  std::string_view syn_backlog;
  std::string_view conntrack_count;
  std::string_view conntrack_max;
};

// `os` as in uname(2): "Linux", "Darwin"; all empty for other systems.
LimitSources limit_sources(std::string_view os);

}  // namespace tws
