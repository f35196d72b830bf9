// Sockets on their way to a connection, by bare system calls: Asio would open, make non-blocking,
// register and wait one after the other, where one call and a look at the result are enough.
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

// 0, or the errno of binding to the address. No port is taken, so that it works with none free.
int bind_error(const asio::ip::address& source);

// 0 or the errno of a connect() that has ended.
int connect_error(int descriptor);

// Throws UsageError where this system can't narrow the range, or not to this one.
void check_port_range(const PortRange& ports);

}  // namespace tws::load
