#include "report/server_lines.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

namespace tws {
namespace {

TEST(ServerLines, FirstLineHasEveryAddress) {
  ServerOptions options;
  const std::vector<tcp::endpoint> addresses{{asio::ip::make_address("127.0.0.1"), 80},
                                             {asio::ip::make_address("::1"), 81}};
  EXPECT_EQ(listening_line({addresses[0]}, {}, options, 1234),
            "tws-server listening on 127.0.0.1:80 (spawn, 1 thread, pid 1234)");
  options.threads = 2;
  EXPECT_EQ(listening_line(addresses, {}, options, 1),
            "tws-server listening on 127.0.0.1:80, [::1]:81 (spawn, 2 threads, pid 1)");
  options.mode = ServerMode::sequential;
  EXPECT_EQ(listening_line({addresses[1]}, {}, options, 1),
            "tws-server listening on [::1]:81 (sequential, 1 thread, pid 1)");
  EXPECT_EQ(
      listening_line({addresses[1]}, addresses[0], options, 1),
      "tws-server listening on [::1]:81 (sequential, 1 thread, pid 1), admin on 127.0.0.1:80");
  options.tls.emplace();
  EXPECT_EQ(listening_line({addresses[1]}, {}, options, 1),
            "tws-server listening on [::1]:81 (sequential, TLS, 1 thread, pid 1)");
}

TEST(ServerLines, ACertificateHasItsFingerprintAndItsFile) {
  EXPECT_EQ(certificate_line("AB:CD", "/tmp/a.pem"),
            "tws-server certificate: SHA-256 AB:CD; --cacert /tmp/a.pem");
  EXPECT_EQ(renewal_line(""), "tws-server: the certificate was read again\n");
  EXPECT_EQ(renewal_line("--tls: 'a\nb' is empty"),
            "tws-server: --tls: 'a\\x0ab' is empty; the old certificate stays\n");
}

TEST(ServerLines, TotalsAreNamesAndNumbers) {
  ServerTotals totals;
  EXPECT_EQ(totals_line(totals),
            "tws-server totals: connections=0 requests=0 bytes_in=0 bytes_out=0 closed_by_server=0 "
            "closed_by_client=0 closed_by_reset=0 timeouts=0 accept_errors=0 accept_pauses=0");
  totals.connections = 6;
  totals.by_status[200] = 4;
  totals.by_status[404] = 1;
  totals.bytes_in = 7;
  totals.bytes_out = 8;
  totals.closed_by_server = 1;
  totals.closed_by_client = 2;
  totals.closed_by_reset = 3;
  totals.accept_errors = 9;
  totals.timeouts = 5;
  totals.accept_pauses = 10;
  totals.uncaught = 1;
  EXPECT_EQ(totals_line(totals),
            "tws-server totals: connections=6 requests=5 status_200=4 status_404=1 bytes_in=7 "
            "bytes_out=8 closed_by_server=1 closed_by_client=2 closed_by_reset=3 timeouts=5 "
            "accept_errors=9 accept_pauses=10 uncaught=1");
  totals = {};
  totals.handshakes = 3;
  totals.resumed = 2;
  totals.failed_handshakes = 1;
  EXPECT_THAT(totals_line(totals),
              testing::EndsWith(" accept_pauses=0 handshakes=3 resumed=2 failed_handshakes=1"));
}

TEST(ServerLines, AnErrorOfAcceptIsTold) {
  EXPECT_EQ(accept_error_line(EMFILE, 1),
            "tws-server: cannot accept: too many open files (1 time so far)\n");
  EXPECT_EQ(accept_error_line(ENOBUFS, 12),
            "tws-server: cannot accept: no buffer space available (12 times so far)\n");
}

}  // namespace
}  // namespace tws
