// The kernel's list of TCP sockets through a NETLINK_SOCK_DIAG socket.
#pragma once

#include "system/socket_row.hpp"

#include <boost/system/error_code.hpp>

#include <span>

namespace tws {

// Sockets of both families in any of `states` (see sock_diag.hpp). On an error, `on_row` may
// already have been called for some. EINTR: the table changed during the dump, try again.
boost::system::error_code dump_sockets(std::uint32_t states, std::span<const std::uint16_t> ports,
                                       const RowSink& on_row);

// The same with each connection's numbers. Stops after about `most` rows.
boost::system::error_code dump_connections(std::uint32_t states,
                                           std::span<const std::uint16_t> ports, std::size_t most,
                                           const RowSink& on_row);

}  // namespace tws
