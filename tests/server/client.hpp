// A raw client and a server in a thread, for tests: what is sent and seen is what is on the wire.
#pragma once

#include "tws/server/server.hpp"

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

namespace tws {

struct Response {
  int status = 0;  // 0: no whole response came
  std::string head;
  std::string body;
};

struct FreeTls {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  // OpenSSL would not resume the session of a connection that ended without our close_notify.
  void operator()(SSL* tls) const {
    SSL_set_shutdown(tls, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(tls);
  }
  void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
};
using TlsClientContext = std::unique_ptr<SSL_CTX, FreeTls>;

// For clients that take any certificate. `version`: TLS1_2_VERSION, TLS1_3_VERSION, or 0 for both.
TlsClientContext any_certificate(int version = 0);

// With TWS_THROUGH_TLS in the environment servers and clients speak TLS if a test does not say what
// they speak: all that holds without TLS holds with it.
bool through_tls();
SSL_CTX* usual_context();  // null without TLS

// A receive that takes longer than 30 s fails the test instead of hanging it.
class RawClient {
 public:
  // Connects. With a context it speaks TLS; the handshake begins with the first bytes.
  explicit RawClient(const tcp::endpoint& server, SSL_CTX* context = usual_context(),
                     SSL_SESSION* session = nullptr);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  void send(std::string_view bytes);
  // One response, 100 (Continue) included; `to_head` for one without a body.
  Response read_response(bool to_head = false);
  Response ask(std::string_view request) { return send(request), read_response(); }
  // So many bytes, or what comes until the end. How many.
  std::size_t read_some(std::size_t most);
  // All that comes until the server's FIN.
  std::string read_to_end();
  // True: FIN and nothing else comes next, with TLS behind a close_notify. Waits for it.
  bool sees_fin();
  // After read_to_end(): it was no FIN that ended it.
  bool saw_reset() const { return reset_seen_; }
  bool has_received_nothing_yet();
  // After read_to_end(): the server said that this is the end before it sent its FIN.
  bool saw_close_notify() const;
  SSL* tls() const { return tls_.get(); }
  void send_fin();
  void reset();  // RST

  std::uint64_t sent = 0;
  std::uint64_t received = 0;

 private:
  bool receive();  // false at the end or on an error
  ssize_t read(char* data, std::size_t size);
  ssize_t read_tls(char* data, std::size_t size);
  bool send_rest();  // false if it waits for the handshake
  void send_later();
  void wait_until_sent();
  bool wait_for(short events, std::chrono::milliseconds time);

  int descriptor_;
  std::unique_ptr<SSL, FreeTls> tls_;
  std::string unsent_;
  std::thread sender_;
  std::atomic<bool> is_sending_ = false, is_over_ = false;
  std::string unread_;
  bool reset_seen_ = false;
};

// Serves on a free port of 127.0.0.1 until stop().
class RunningServer {
 public:
  explicit RunningServer(ServerOptions options = {}, AdminPages pages = {});
  ~RunningServer();
  RunningServer(const RunningServer&) = delete;
  RunningServer& operator=(const RunningServer&) = delete;

  const tcp::endpoint& address() const { return server_.addresses().front(); }
  tcp::endpoint admin_address() const { return server_.admin_address().value(); }
  ServerTotals totals() const { return server_.totals(); }
  void renew(const ServerTls& tls) { server_.renew(tls); }
  void begin_stop() { server_.stop(); }
  ServerTotals stop();  // and waits for the end

 private:
  Server server_;
  ServerTotals totals_;
  std::thread thread_;
};

// For tests of both modes: INSTANTIATE_TEST_SUITE_P(Modes, SUITE, both_modes, mode_name);
inline const auto both_modes = testing::Values(ServerMode::sequential, ServerMode::spawn);
std::string mode_name(const testing::TestParamInfo<ServerMode>& mode);
ServerOptions in_mode(ServerMode mode);

std::string get(std::string_view target, std::string_view more_fields = "");

}  // namespace tws
