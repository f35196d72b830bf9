// What a server did in its life. Each worker has its own; they are added up after the last one
// ended.
#pragma once

#include <array>
#include <cstdint>

namespace tws {

struct ServerTotals {
  std::uint64_t connections = 0;               // accepted
  std::array<std::uint64_t, 600> by_status{};  // responses sent whole, by status code
  std::uint64_t bytes_in = 0;                  // read from sockets, heads included
  std::uint64_t bytes_out = 0;                 // handed to the kernel, heads included
  std::uint64_t closed_by_server = 0;          // we closed before a FIN of the client was seen
  std::uint64_t closed_by_client = 0;          // its FIN came first
  std::uint64_t closed_by_reset = 0;           // it sent RST, or the connection broke
  std::uint64_t accept_errors = 0;             // EMFILE and the like; each cost a pause
  std::uint64_t accept_pauses = 0;             // at the limit of connections
  std::uint64_t timeouts = 0;                  // of a head, a body, a response, an idle connection
  std::uint64_t uncaught = 0;                  // connections that ended in an exception

  std::uint64_t requests() const;
  ServerTotals& operator+=(const ServerTotals& other);
};

}  // namespace tws
