// Opens sockets and begins to connect them.
#pragma once

#include "tws/measure/plan.hpp"
#include "tws/support/asio.hpp"

#include <optional>
#include <string>

namespace tws::load {

// Opens a non-blocking socket, binds it to `source` (with IP_BIND_ADDRESS_NO_PORT, Linux 4.2, so
// that a port is shared between targets) and begins to connect. Returns the descriptor, which the
// caller owns, or -errno.
int begin_connecting(const tcp::endpoint& to, const std::optional<asio::ip::address>& source,
                     const std::optional<PortRange>& ports);

// The same from a given port. It sets SO_REUSEADDR, because the port may be in TIME_WAIT, even with
// the same target: connect() from a bound port takes that TIME_WAIT over at once if the old
// connection had time stamps (RFC 6191; net/ipv4/tcp_ipv4.c, tcp_twsk_unique).
int begin_connecting_from(const tcp::endpoint& to, const std::optional<asio::ip::address>& source,
                          std::uint16_t port);

// The same to a Unix socket. EAGAIN: its backlog is full.
int begin_connecting(const std::string& unix_socket);

// 0, or the errno of binding to the address. It uses no port, so it works even if none is free.
int bind_error(const asio::ip::address& source);

// The address that the system would connect from; nothing if there is no route. Sends no packet.
std::optional<asio::ip::address> local_address(const tcp::endpoint& to);

// Whether a connected socket is its own peer: nobody listens on a port of this machine, and
// connect() chose that very port, which TCP takes for a simultaneous open.
bool is_its_own_peer(int descriptor);

// Whether both ends of a connection have TCP time stamps on; true if the system does not tell.
bool has_time_stamps(int descriptor);

// 0 or the errno of a finished connect().
int connect_error(int descriptor);

// Throws UsageError if this system can't narrow the range, or not to this one.
void check_port_range(const PortRange& ports);

}  // namespace tws::load
