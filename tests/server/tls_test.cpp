// What is particular about TLS; that the rest holds with it, too, is shown by the other tests with
// TWS_THROUGH_TLS.
#include "tws/server/tls.hpp"

#include "client.hpp"
#include "tws/support/errors.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace tws {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

ServerOptions with_tls(ServerMode mode = ServerMode::spawn) {
  ServerOptions options = in_mode(mode);
  options.tls = self_signed("localhost");
  return options;
}

class Tls : public testing::TestWithParam<ServerMode> {
 protected:
  TlsClientContext any = any_certificate();
};
INSTANTIATE_TEST_SUITE_P(Modes, Tls, both_modes, mode_name);

TEST_P(Tls, BothVersionsAreSpoken) {
  RunningServer server(with_tls(GetParam()));
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const auto context = any_certificate(version);
    RawClient client(server.address(), context.get());
    client.send(get("/", "Connection: close\r\n"));
    EXPECT_THAT(client.read_to_end(), HasSubstr("Hello from plaque!"));
    EXPECT_TRUE(client.saw_close_notify());
    EXPECT_FALSE(client.saw_reset());
    EXPECT_EQ(SSL_version(client.tls()), version);
  }
  const ServerTotals totals = server.stop();
  EXPECT_EQ(totals.handshakes, 2U);
  EXPECT_EQ(totals.resumed, 0U);
  EXPECT_EQ(totals.failed_handshakes, 0U);
  EXPECT_EQ(totals.by_status[200], 2U);
  EXPECT_EQ(totals.closed_by_server, 2U);
}

// SSL_select_next_proto() takes a list of names, each behind its length.
TEST_P(Tls, TheProtocolIsHttp1OrNone) {
  RunningServer server(with_tls(GetParam()));
  RawClient both(server.address(), any.get());
  SSL_set_alpn_protos(both.tls(), reinterpret_cast<const unsigned char*>("\x02h2\x08http/1.1"), 12);
  EXPECT_EQ(both.ask(get("/", "Connection: close\r\n")).status, 200);
  const unsigned char* chosen = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(both.tls(), &chosen, &size);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(chosen), size), "http/1.1");
  RawClient other(server.address(), any.get());
  SSL_set_alpn_protos(other.tls(), reinterpret_cast<const unsigned char*>("\x02h2"), 3);
  EXPECT_EQ(other.ask(get("/")).status, 0);
  other.send_fin();  // the server waits for it, so that its alert arrives
  EXPECT_EQ(server.stop().failed_handshakes, 1U);
}

TEST_P(Tls, PlainHttpIsRefusedInPlainText) {
  RunningServer server(with_tls(GetParam()));
  for (const std::string method : {"GET", "HEAD", "POST", "OPTIONS", "BREW", "G"}) {
    RawClient client(server.address(), nullptr);
    client.send(method == "G" ? method : method + " / HTTP/1.1\r\nHost: a\r\n\r\n");
    const std::string answer = client.read_to_end();
    EXPECT_FALSE(client.saw_reset()) << method;
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 400 Bad Request\r\n")) << method;
    EXPECT_THAT(answer, HasSubstr("\r\nConnection: close\r\n")) << method;
    const bool has_body = answer.find("use https://") != answer.npos;
    EXPECT_EQ(has_body, method != "HEAD") << method;
    client.send_fin();
  }
  // The server goes on.
  EXPECT_EQ(RawClient(server.address(), any.get()).ask(get("/")).status, 200);
  const ServerTotals totals = server.stop();
  EXPECT_EQ(totals.by_status[400], 6U);
  EXPECT_EQ(totals.handshakes, 1U);
}

TEST_P(Tls, GarbageGetsAnAlert) {
  RunningServer server(with_tls(GetParam()));
  const std::vector<std::string> garbage{
      std::string(1, '\0'),        std::string(300, '\xff'),
      "\x16\x03\x01\x00\x05hello", "\x80\x2e\x01\x03\x01" + std::string(60, 'x'),
      "\x17\x03\x03\x00\x01y",     "get / HTTP/1.1\r\n\r\n"};
  for (const std::string& bytes : garbage) {
    RawClient client(server.address(), nullptr);
    client.send(bytes);
    client.send_fin();
    const std::string answer = client.read_to_end();
    EXPECT_FALSE(client.saw_reset()) << bytes;
    ASSERT_EQ(answer.size(), 7U) << bytes;
    EXPECT_THAT(answer, StartsWith("\x15\x03")) << bytes;
    EXPECT_EQ(answer[5], 2) << bytes;  // fatal
  }
  EXPECT_EQ(RawClient(server.address(), any.get()).ask(get("/")).status, 200);
  EXPECT_EQ(server.stop().failed_handshakes, garbage.size());
}

TEST_P(Tls, AClientThatLeavesBeforeItSaysAnythingGetsNothing) {
  RunningServer server(with_tls(GetParam()));
  RawClient client(server.address(), nullptr);
  client.send_fin();
  EXPECT_TRUE(client.sees_fin());
  RawClient(server.address(), nullptr).reset();
  EXPECT_EQ(RawClient(server.address(), any.get()).ask(get("/")).status, 200);
  const ServerTotals totals = server.stop();
  EXPECT_EQ(totals.failed_handshakes, 2U);
  EXPECT_EQ(totals.closed_by_client + totals.closed_by_reset + totals.closed_by_server, 3U);
  EXPECT_GE(totals.closed_by_client, 1U);
  EXPECT_GE(totals.closed_by_reset, 1U);
}

// The head's time limit holds for the handshake.
TEST_P(Tls, ASilentClientIsClosed) {
  ServerOptions options = with_tls(GetParam());
  options.limits.head_time = 100ms;
  RunningServer server(options);
  for (const std::string begun : {"", "\x16", "\x16\x03\x01\x02\x00\x01"}) {
    RawClient client(server.address(), nullptr);
    client.send(begun);
    EXPECT_TRUE(client.sees_fin());
  }
  const ServerTotals totals = server.stop();
  EXPECT_EQ(totals.timeouts, 3U);
  EXPECT_EQ(totals.failed_handshakes, 3U);
  EXPECT_EQ(totals.closed_by_server, 3U);
}

TEST(TlsDrain, DoesNotWaitForHandshakes) {
  ServerOptions options = with_tls();
  options.drain = 1h;
  options.limits.head_time = 0s;
  RunningServer server(options);
  const auto any = any_certificate();
  RawClient silent(server.address(), nullptr), half(server.address(), nullptr);
  half.send("\x16\x03\x01\x02\x00\x01");
  RawClient last(server.address(), any.get());
  EXPECT_EQ(last.ask(get("/")).status, 200);  // so that all are accepted
  server.begin_stop();
  EXPECT_TRUE(silent.sees_fin());
  EXPECT_TRUE(half.sees_fin());
  EXPECT_TRUE(last.sees_fin());
  EXPECT_EQ(server.stop().failed_handshakes, 2U);
}

// The session of a connection that has had its response, and so its ticket.
std::unique_ptr<SSL_SESSION, FreeTls> session_with(const RunningServer& server, SSL_CTX* context) {
  RawClient client(server.address(), context);
  client.send(get("/", "Connection: close\r\n"));
  EXPECT_THAT(client.read_to_end(), HasSubstr("200 OK"));
  return std::unique_ptr<SSL_SESSION, FreeTls>(SSL_get1_session(client.tls()));
}

TEST_P(Tls, SessionsAreResumedOnAnyThreadWhereThereAreTickets) {
  for (const bool tickets : {true, false}) {
    ServerOptions options = with_tls(GetParam());
    options.tls->tickets = tickets;
    options.threads = 2;
    RunningServer server(options);
    int resumed = 0;
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
      const auto context = any_certificate(version);
      const auto session = session_with(server, context.get());
      for (int i = 0; i < 8; ++i) {
        RawClient client(server.address(), context.get(), session.get());
        EXPECT_EQ(client.ask(get("/", "Connection: close\r\n")).status, 200);
        resumed += SSL_session_reused(client.tls());
      }
    }
    EXPECT_EQ(resumed, tickets ? 16 : 0);
    const ServerTotals totals = server.stop();
    EXPECT_EQ(totals.handshakes, 18U);
    EXPECT_EQ(totals.resumed, static_cast<std::uint64_t>(resumed));
  }
}

std::string fingerprint_of(const RawClient& client) {
  std::vector<unsigned char> hash(EVP_MAX_MD_SIZE);
  unsigned size = 0;
  X509_digest(SSL_get0_peer_certificate(client.tls()), EVP_sha256(), hash.data(), &size);
  std::string text;
  for (unsigned i = 0; i < size; ++i) text += fmt::format("{}{:02X}", i ? ":" : "", hash[i]);
  return text;
}

TEST(TlsRenewal, HoldsForNewConnectionsAndTheOldOnesGoOn) {
  ServerOptions options = with_tls();
  options.threads = 2;
  RunningServer server(options);
  const auto any = any_certificate();
  RawClient old(server.address(), any.get());
  EXPECT_EQ(old.ask(get("/")).status, 200);
  EXPECT_EQ(fingerprint_of(old), fingerprint(options.tls->certificate));
  const ServerTls next = self_signed("other.example");
  ServerTls bad = next;
  bad.certificate.text = "nothing";
  EXPECT_THROW(server.renew(bad), UsageError);
  for (int i = 0; i < 20; ++i) {
    RawClient client(server.address(), any.get());
    EXPECT_EQ(client.ask(get("/")).status, 200);
    EXPECT_EQ(fingerprint_of(client), fingerprint(options.tls->certificate));
  }
  server.renew(next);
  // Each thread takes it at its next turn.
  for (int in_a_row = 0; in_a_row < 20;) {
    RawClient client(server.address(), any.get());
    EXPECT_EQ(client.ask(get("/")).status, 200);
    in_a_row = fingerprint_of(client) == fingerprint(next.certificate) ? in_a_row + 1 : 0;
  }
  EXPECT_EQ(old.ask(get("/")).status, 200);
}

TEST(TlsSession, KeyUpdatesDoNotDisturb) {
  RunningServer server(with_tls());
  const auto any = any_certificate(TLS1_3_VERSION);
  RawClient client(server.address(), any.get());
  for (const int kind : {SSL_KEY_UPDATE_NOT_REQUESTED, SSL_KEY_UPDATE_REQUESTED}) {
    EXPECT_EQ(client.ask(get("/")).status, 200);
    EXPECT_EQ(SSL_key_update(client.tls(), kind), 1);
  }
  EXPECT_EQ(client.ask(get("/bytes/100000")).body.size(), 100'000U);
}

TEST(TlsSession, ACloseNotifyWithoutAFinIsAnEnd) {
  RunningServer server(with_tls());
  const auto any = any_certificate();
  RawClient client(server.address(), any.get());
  EXPECT_EQ(client.ask(get("/")).status, 200);
  SSL_shutdown(client.tls());
  EXPECT_TRUE(client.sees_fin());
  EXPECT_EQ(server.stop().closed_by_client, 1U);
}

TEST(TlsSession, ASecondHandshakeIsRefused) {
  RunningServer server(with_tls());
  const auto any = any_certificate(TLS1_2_VERSION);
  RawClient client(server.address(), any.get());
  EXPECT_EQ(client.ask(get("/")).status, 200);
  SSL_renegotiate(client.tls());
  EXPECT_EQ(client.ask(get("/")).status, 0);
  EXPECT_EQ(RawClient(server.address(), any.get()).ask(get("/")).status, 200);
}

// What a client of TLS 1.2 sees of the records with bytes of HTTP.
int records_for(const RunningServer& server, const std::string& request) {
  const auto context = any_certificate(TLS1_2_VERSION);
  RawClient client(server.address(), context.get());
  int records = 0;
  SSL_set_msg_callback_arg(client.tls(), &records);
  SSL_set_msg_callback(client.tls(), [](int is_written, int, int kind, const void* bytes,
                                        std::size_t, SSL*, void* count) {
    const bool is_data = kind == SSL3_RT_HEADER && *static_cast<const char*>(bytes) == 23;
    if (is_data && !is_written) ++*static_cast<int*>(count);
  });
  EXPECT_EQ(client.ask(request).status, 200);
  return records;
}

TEST(TlsRecords, AreAsFewAsTheResponseNeeds) {
  RunningServer server(with_tls());
  EXPECT_EQ(records_for(server, get("/")), 1);
  EXPECT_EQ(records_for(server, get("/bytes/1000")), 1);
  EXPECT_EQ(records_for(server, get("/bytes/15000")), 1);
  EXPECT_EQ(records_for(server, get("/bytes/20000")), 2);
  EXPECT_EQ(records_for(server, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\necho"),
            1);
}

std::string refusal_of(const ServerTls& tls) {
  ServerOptions options;
  options.listen.front().port(0);
  options.tls = tls;
  try {
    const Server server(options);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(TlsFiles, ThatCanNotBeUsedAreNamed) {
  ServerTls good = self_signed("localhost");
  good.certificate.name = "cert.pem";
  good.key.name = "key.pem";
  EXPECT_EQ(refusal_of(good), "accepted");

  ServerTls tls = good;
  tls.certificate.text = good.key.text;
  EXPECT_EQ(refusal_of(tls), "--tls: 'cert.pem' has no certificate (PEM)");
  tls.certificate.text = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  EXPECT_EQ(refusal_of(tls), "--tls: 'cert.pem' has a damaged certificate");
  tls.certificate.text = good.certificate.text + tls.certificate.text;
  EXPECT_EQ(refusal_of(tls), "--tls: 'cert.pem' has a damaged certificate");

  tls = good;
  tls.key.text = good.certificate.text;
  EXPECT_EQ(refusal_of(tls), "--tls: 'key.pem' has no private key (PEM)");
  tls.key.text = self_signed("localhost").key.text;
  EXPECT_EQ(refusal_of(tls), "--tls: 'key.pem' is not the key of the certificate in 'cert.pem'");

  tls = good;
  tls.client_ca = PemFile{"ca.pem", "nothing"};
  EXPECT_EQ(refusal_of(tls), "--client-ca: 'ca.pem' has no certificate (PEM)");

  // One file may have both.
  tls = good;
  tls.certificate.text = tls.key.text = good.key.text + good.certificate.text;
  EXPECT_EQ(refusal_of(tls), "accepted");
}

TEST(SelfSigned, IsForANameOrAnAddress) {
  for (const auto* name : {"localhost", "a.example", "*.example", "10.0.0.1", "::1", "a-b.c3"})
    EXPECT_EQ(refusal_of(self_signed(name)), "accepted") << name;
  const std::string long_label(64, 'a');
  for (const std::string name :
       {"", "a b", "-a", "a..b", "a,DNS:b", "fe80::1%eth0", "*", long_label.c_str()})
    EXPECT_THROW(self_signed(name), UsageError) << name;
  EXPECT_NE(self_signed("a").certificate.text, self_signed("a").certificate.text);
}

}  // namespace
}  // namespace tws
