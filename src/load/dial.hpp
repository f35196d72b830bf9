// Sockets on their way to a connection.
#pragma once

#include "tws/measure/plan.hpp"
#include "tws/support/asio.hpp"

#include <optional>

namespace tws::load {

// Opens a non-blocking socket, binds it to `source` (with IP_BIND_ADDRESS_NO_PORT, Linux 4.2, so
// that a port is shared between targets) and begins to connect. Returns the descriptor, to be owned
// by the caller, or -errno.
int begin_connecting(const tcp::endpoint& to, const std::optional<asio::ip::address>& source,
                     const std::optional<PortRange>& ports);

// The same from a port of one's own. With SO_REUSEADDR, since the port may be in TIME_WAIT, and its
// pair with it: a connect() from a port that was bound takes it over at once where the old
// connection had time stamps (RFC 6191; net/ipv4/tcp_ipv4.c, tcp_twsk_unique).
int begin_connecting_from(const tcp::endpoint& to, const std::optional<asio::ip::address>& source,
                          std::uint16_t port);

// 0, or the errno of binding to the address. No port is taken, so that it works with none free.
int bind_error(const asio::ip::address& source);

// Whether both ends of a connection have TCP time stamps on; true where it can't be seen.
bool has_time_stamps(int descriptor);

// 0 or the errno of a connect() that has ended.
int connect_error(int descriptor);

// Throws UsageError where this system can't narrow the range, or not to this one.
void check_port_range(const PortRange& ports);

}  // namespace tws::load
