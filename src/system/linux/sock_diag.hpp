// The format of NETLINK_SOCK_DIAG (sock_diag(7), include/uapi/linux/inet_diag.h): builds requests
// and parses replies; pure.
#pragma once

#include "system/socket_row.hpp"

#include <cstddef>
#include <span>

namespace tws {

// Sets of states: one bit each, at the state's number.
inline constexpr std::uint32_t listen_state = 1u << static_cast<unsigned>(TcpState::Listen);
inline constexpr std::uint32_t every_state = 0xffe;
// Bound sockets that neither listen nor are connected; reported in state CLOSE. Since Linux 6.8,
// ignored before (include/net/tcp_states.h).
inline constexpr std::uint32_t bound_inactive_state = 1u << 13;

// A request for the TCP sockets of IPv4 and IPv6 in any of these states. The kernel sends only
// sockets with one of the ports on either side. Without ports, or with more than max_filter_ports,
// it sends all, so the reply may have more sockets than wanted. This is the older of two requests
// (TCPDIAG_GETSOCK): the newer one is for one family, so the kernel would read its whole table
// twice (net/ipv4/inet_diag.c, inet_diag_dump_compat).
enum class Details { none, numbers };  // `numbers`: rows of connections have theirs
std::vector<std::byte> dump_request(std::uint32_t states, std::span<const std::uint16_t> ports,
                                    Details details = Details::none);

// The kernel compares every socket with the ports one by one.
inline constexpr std::size_t max_filter_ports = 64;

struct DumpReply {
  enum Status {
    More,      // the bytes are valid, and more will follow
    Done,      // that was the last row
    Failed,    // the kernel reports an error: `error` is an errno
    Malformed  // truncated, or not a netlink message
  } status = More;
  int error = 0;
  bool interrupted = false;  // the table changed too much during the dump
};

// Parses the bytes of one recv(). Rows of unknown families and states are skipped.
DumpReply read_dump(std::span<const std::byte> bytes, const RowSink& on_row);

}  // namespace tws
