#include "report/server_lines.hpp"

#include "support/endpoint.hpp"
#include "tws/support/errors.hpp"

#include <fmt/format.h>

#include <iterator>

namespace tws {

std::string listening_line(const std::vector<tcp::endpoint>& addresses,
                           const std::optional<tcp::endpoint>& admin, const ServerOptions& options,
                           int pid) {
  std::string where;
  for (const tcp::endpoint& address : addresses)
    where += (where.empty() ? "" : ", ") + endpoint_text(address);
  const bool spawns = options.mode == ServerMode::spawn;
  const unsigned threads = spawns ? options.threads : 1;
  return fmt::format("tws-server listening on {} ({}, {}{} thread{}, pid {}){}", where,
                     spawns ? "spawn" : "sequential", options.tls ? "TLS, " : "", threads,
                     threads == 1 ? "" : "s", pid,
                     admin ? ", admin on " + endpoint_text(*admin) : "");
}

std::string certificate_line(std::string_view fingerprint, std::string_view file) {
  return fmt::format("tws-server certificate: SHA-256 {}; --cacert {}", fingerprint, file);
}

std::string renewal_line(std::string_view fault) {
  if (fault.empty()) return "tws-server: the certificate was read again\n";
  return fmt::format("tws-server: {}; the old certificate stays\n", one_line(fault));
}

std::string totals_line(const ServerTotals& totals) {
  std::string line = fmt::format("tws-server totals: connections={} requests={}",
                                 totals.connections, totals.requests());
  auto out = std::back_inserter(line);
  for (std::size_t status = 0; status < totals.by_status.size(); ++status)
    if (totals.by_status[status] != 0)
      fmt::format_to(out, " status_{}={}", status, totals.by_status[status]);
  fmt::format_to(out,
                 " bytes_in={} bytes_out={} closed_by_server={} closed_by_client={}"
                 " closed_by_reset={} timeouts={} accept_errors={} accept_pauses={}",
                 totals.bytes_in, totals.bytes_out, totals.closed_by_server,
                 totals.closed_by_client, totals.closed_by_reset, totals.timeouts,
                 totals.accept_errors, totals.accept_pauses);
  if (totals.uncaught != 0) fmt::format_to(out, " uncaught={}", totals.uncaught);
  if (totals.handshakes != 0 || totals.failed_handshakes != 0)
    fmt::format_to(out, " handshakes={} resumed={} failed_handshakes={}", totals.handshakes,
                   totals.resumed, totals.failed_handshakes);
  return line;
}

std::string accept_error_line(int error, std::uint64_t count) {
  return fmt::format("tws-server: cannot accept: {} ({} time{} so far)\n", errno_text(error), count,
                     count == 1 ? "" : "s");
}

}  // namespace tws
