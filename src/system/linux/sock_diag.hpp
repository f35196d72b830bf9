// The language of NETLINK_SOCK_DIAG (sock_diag(7), include/uapi/linux/inet_diag.h): requests to
// bytes, bytes to rows; pure.
#pragma once

#include "system/socket_row.hpp"

#include <cstddef>
#include <span>

namespace tws {

// Sets of states: one bit each, at the state's number.
inline constexpr std::uint32_t listen_state = 1u << static_cast<unsigned>(TcpState::Listen);
inline constexpr std::uint32_t every_state = 0xffe;
// Sockets with a port of their own, neither listening nor connected; they come as CLOSE. Linux 6.8,
// ignored before (include/net/tcp_states.h).
inline constexpr std::uint32_t bound_inactive_state = 1u << 13;

// Asks for the TCP sockets of IPv4 and IPv6 in any of these states. The kernel sends only those
// with one of the ports on either end, unless there are none or more than max_filter_ports of them:
// what comes may be more than was asked for. It is the older of the two requests (TCPDIAG_GETSOCK):
// the newer one asks for one family, so that the kernel has to walk through its whole table twice
// (net/ipv4/inet_diag.c, inet_diag_dump_compat).
std::vector<std::byte> dump_request(std::uint32_t states, std::span<const std::uint16_t> ports);

// The kernel tries the ports one by one for every socket.
inline constexpr std::size_t max_filter_ports = 64;

struct DumpReply {
  enum Status {
    More,      // the bytes are fine, and the dump goes on
    Done,      // that was the last row
    Failed,    // the kernel says so: `error` is an errno
    Malformed  // cut off, or no netlink message at all
  } status = More;
  int error = 0;
  bool interrupted = false;  // the table changed so much that the kernel lost its place
};

// Reads what one recv() brought. Rows of unknown families and states are left out.
DumpReply read_dump(std::span<const std::byte> bytes, const RowSink& on_row);

}  // namespace tws
