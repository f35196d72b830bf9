// What a server did in its life so far. Each worker has its own, and only it writes them; any
// thread may read them and add them up.
#pragma once

#include "tws/support/counter.hpp"

#include <array>
#include <cstdint>

namespace tws {

struct ServerTotals {
  Counter connections;                 // accepted
  std::array<Counter, 600> by_status;  // responses sent whole, by status code
  Counter bytes_in;                    // read from sockets, heads included
  Counter bytes_out;                   // handed to the kernel, heads included
  Counter closed_by_server;            // we closed before a FIN of the client was seen
  Counter closed_by_client;            // its FIN came first
  Counter closed_by_reset;             // it sent RST, or the connection broke
  Counter accept_errors;               // EMFILE and the like; each cost a pause
  Counter accept_pauses;               // at the limit of connections
  Counter timeouts;                    // of a head, a body, a response, an idle connection
  Counter uncaught;                    // connections that ended in an exception

  std::uint64_t requests() const;
  // Those that have not ended.
  std::uint64_t open_connections() const;
  ServerTotals& operator+=(const ServerTotals& other);
};

}  // namespace tws
