// Ports that have sockets, and that connect() leaves out all the same.
#pragma once

#include "system/port_set.hpp"

namespace tws {

// Those of `ports` that connect() takes for no target: a program bound them before it connected,
// and a socket of theirs is left, be it in TIME_WAIT (net/ipv4/inet_hashtables.c,
// __inet_hash_connect: fastreuse). The kernel lists no such thing, so each port is tried, with a
// connection that is deferred and never sends a packet. Empty where this kernel can't do that
// (Linux 6.3 or newer, and net.ipv4.tcp_fastopen with bit 1).
PortSet unshared_ports(const PortSet& ports);

}  // namespace tws
