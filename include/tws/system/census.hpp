// The number of TCP sockets of the targets, by side and state, at one instant.
#pragma once

#include "tws/system/limits.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/system/result.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace tws {

// Linux's numbers (include/net/tcp_states.h), whatever the system.
enum class TcpState : std::uint8_t {
  Established = 1,
  SynSent,
  SynRecv,
  FinWait1,
  FinWait2,
  TimeWait,
  Close,
  CloseWait,
  LastAck,
  Listen,
  Closing,
};

inline constexpr std::array tcp_states{
    TcpState::Established, TcpState::SynSent,  TcpState::SynRecv, TcpState::FinWait1,
    TcpState::FinWait2,    TcpState::TimeWait, TcpState::Close,   TcpState::CloseWait,
    TcpState::LastAck,     TcpState::Listen,   TcpState::Closing};

// Linux's names: "ESTABLISHED", "TIME_WAIT", "FIN_WAIT1" and so on.
std::string_view name(TcpState state);

class StateCounts {
 public:
  std::uint64_t& operator[](TcpState state) { return counts_[static_cast<std::size_t>(state)]; }
  std::uint64_t operator[](TcpState state) const {
    return counts_[static_cast<std::size_t>(state)];
  }
  std::uint64_t total() const;
  bool operator==(const StateCounts&) const = default;

 private:
  std::array<std::uint64_t, tcp_states.size() + 1> counts_{};  // no state has the number 0
};

enum class CensusSource { Netlink, Procfs, Sysctl, Simulation };

// "NETLINK_SOCK_DIAG", "/proc/net/tcp", "net.inet.tcp.pcblist64", "the simulation"
std::string_view name(CensusSource source);

// A connection within this machine has two sockets, one on each side. The kernel's list is not a
// snapshot: sockets that open or close while it is read may be missed or counted twice.
struct Census {
  StateCounts client;
  StateCounts server;
  // Distinct local ports of the sockets on the client's side, within the filter's range.
  std::uint64_t client_ports = 0;
  double seconds = 0;  // how long the census took
  CensusSource source = CensusSource::Netlink;
  bool operator==(const Census&) const = default;
};

// Which sockets count, and on which side. Only this network namespace is visible.
//   With targets:    server if the local address and port are one of them, else client if the
//                    remote ones are.
//   Without targets: server if something listens on the local port, on whatever address, else
//                    client.
// A target on a wildcard address (0.0.0.0 or ::) means all IPv4 and IPv6 addresses. ::ffff:a.b.c.d
// counts as a.b.c.d, scopes are ignored, and a listener on the wildcard address listens on every
// address.
struct CensusFilter {
  std::vector<boost::asio::ip::tcp::endpoint> targets;
  std::optional<PortRange> range = {};   // of client_ports; nothing: all
  std::vector<PortRange> left_out = {};  // not counted in client_ports: connect() does not use them
  // Local addresses of the client's side; empty: all. A socket of another address holds no port of
  // a client with these.
  std::vector<boost::asio::ip::address> sources = {};
};

// Takes milliseconds, more with many sockets, and needs no privilege. An error means that every way
// of reading the system's list failed; it is the error of the best way.
boost::system::result<Census> take_census(const CensusFilter& filter);

}  // namespace tws
