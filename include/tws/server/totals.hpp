// Counters of a server since its start. Each worker writes its own; any thread may read them and
// add them up.
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
  Counter closed_by_server;            // the server closed before it saw a FIN of the client
  Counter closed_by_client;            // the client's FIN came first
  Counter closed_by_reset;             // the client sent RST, or the connection failed
  Counter accept_errors;               // EMFILE and similar; a pause followed each
  Counter accept_pauses;               // at the limit of connections
  Counter timeouts;                    // of a head, a body, a response, an idle connection
  Counter uncaught;                    // connections that ended in an exception
  Counter handshakes;                  // of TLS, complete ones
  Counter resumed;                     // of these, with a session of before
  Counter failed_handshakes;           // TLS connections that ended before, for whatever reason

  std::uint64_t requests() const;
  // Open connections.
  std::uint64_t open_connections() const;
  ServerTotals& operator+=(const ServerTotals& other);
};

}  // namespace tws
