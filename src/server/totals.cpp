#include "tws/server/totals.hpp"

#include <algorithm>
#include <numeric>

namespace tws {

std::uint64_t ServerTotals::requests() const {
  return std::accumulate(by_status.begin(), by_status.end(), std::uint64_t{0});
}

std::uint64_t ServerTotals::open_connections() const {
  // While the server works, this may read a new count of ends with an older count of beginnings.
  const std::uint64_t closed = closed_by_server + closed_by_client + closed_by_reset;
  return connections - std::min<std::uint64_t>(connections, closed);
}

ServerTotals& ServerTotals::operator+=(const ServerTotals& other) {
  connections += other.connections;
  for (std::size_t status = 0; status < by_status.size(); ++status)
    by_status[status] += other.by_status[status];
  bytes_in += other.bytes_in;
  bytes_out += other.bytes_out;
  closed_by_server += other.closed_by_server;
  closed_by_client += other.closed_by_client;
  closed_by_reset += other.closed_by_reset;
  accept_errors += other.accept_errors;
  accept_pauses += other.accept_pauses;
  timeouts += other.timeouts;
  uncaught += other.uncaught;
  handshakes += other.handshakes;
  resumed += other.resumed;
  failed_handshakes += other.failed_handshakes;
  return *this;
}

}  // namespace tws
