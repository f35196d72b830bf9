// The lines that tws-server prints. They are made to be read by people and by `cut` alike.
#pragma once

#include "tws/server/options.hpp"
#include "tws/server/totals.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tws {

// "tws-server listening on 127.0.0.1:3779 (spawn, 1 thread, pid 1234)"; several addresses are
// separated by ", ". With TLS: "(spawn, TLS, 1 thread, pid 1234)". With an admin listener ", admin
// on 127.0.0.1:9100" follows.
std::string listening_line(const std::vector<tcp::endpoint>& addresses,
                           const std::optional<tcp::endpoint>& admin, const ServerOptions& options,
                           int pid);

// "tws-server certificate: SHA-256 AB:CD:…; --cacert /tmp/tws-server-x1y2z3.pem"
std::string certificate_line(std::string_view fingerprint, std::string_view file);

// "tws-server: --tls: 'key.pem' is empty; the old certificate stays\n", or that it was read again.
std::string renewal_line(std::string_view fault);

// "tws-server totals: connections=2 requests=3 status_200=2 status_404=1 bytes_in=… bytes_out=…
// closed_by_server=1 closed_by_client=1 closed_by_reset=0 timeouts=0 accept_errors=0
// accept_pauses=0": each connection is counted under one closed_by. Status codes that never were
// are left out, and so is uncaught=0. With TLS "handshakes=3 resumed=1 failed_handshakes=0"
// follows.
std::string totals_line(const ServerTotals& totals);

// "tws-server: cannot accept: too many open files (3 times so far)\n"
std::string accept_error_line(int error, std::uint64_t count);

}  // namespace tws
