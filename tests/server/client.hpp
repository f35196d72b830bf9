// A raw client and a server in a thread, for tests: what is sent and seen is what is on the wire.
#pragma once

#include "tws/server/server.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <thread>

namespace tws {

struct Response {
  int status = 0;  // 0: no whole response came
  std::string head;
  std::string body;
};

// A blocking socket. A receive that takes longer than 30 s fails the test instead of hanging it.
class RawClient {
 public:
  explicit RawClient(const tcp::endpoint& server);  // connects
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
  // True: FIN and nothing else comes next. Waits for it.
  bool sees_fin();
  // After read_to_end(): it was no FIN that ended it.
  bool saw_reset() const { return reset_seen_; }
  bool has_received_nothing_yet();
  void send_fin();
  void reset();  // RST

  std::uint64_t sent = 0;
  std::uint64_t received = 0;

 private:
  bool receive();  // false at the end or on an error

  int descriptor_;
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
