// Connections that are cut while there is no room for another one: the next one is served at once.
#include "client.hpp"
#include "system/open_files.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace tws {
namespace {

using namespace std::chrono_literals;

const std::string head_of_post = "POST /echo HTTP/1.1\r\nHost: a\r\n";

// What a client sends before it falls silent: each is cut by another time-out.
const std::vector<std::string> ways_to_hang = {
    "",                                              // idle, before the first request
    get("/"),                                        // idle, behind an answer
    "GET / HTTP/1.1\r\n",                            // head
    head_of_post + "Content-Length: 5\r\n\r\nab",    // body
    get("/bytes/1000000000"),                        // write
    get("/bytes/3000000", "Connection: close\r\n"),  // write, of a last answer
};

ServerOptions with_short_times(ServerMode mode, std::uint64_t most_connections) {
  ServerOptions options = in_mode(mode);
  options.keep_alive = true;
  options.limits.connections = most_connections;
  options.limits.head_time = options.limits.body_time = 100ms;
  options.limits.idle_time = options.limits.write_time = 100ms;
  return options;
}

struct Hung {
  Hung(const ServerOptions& options, const std::string& way, std::uint64_t clients)
      : server(options) {
    for (std::uint64_t i = 0; i < clients; ++i) {
      hung.push_back(std::make_unique<RawClient>(server.address()));
      hung.back()->send(way);
    }
    waiting = std::make_unique<RawClient>(server.address());
    waiting->send(get("/"));
  }
  RunningServer server;
  std::vector<std::unique_ptr<RawClient>> hung;
  std::unique_ptr<RawClient> waiting;
};

class StandStill : public testing::TestWithParam<std::uint64_t> {};
INSTANTIATE_TEST_SUITE_P(MostConnections, StandStill, testing::Values(1, 2, 50));

TEST_P(StandStill, EveryTimeOutMakesRoomForTheNextOne) {
  std::vector<std::unique_ptr<Hung>> all;
  for (const auto& way : ways_to_hang)
    all.push_back(
        std::make_unique<Hung>(with_short_times(ServerMode::spawn, GetParam()), way, GetParam()));
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i]->waiting->read_response().status, 200) << i;
    EXPECT_GE(all[i]->server.totals().timeouts, 1U) << i;
    EXPECT_GE(all[i]->server.totals().accept_pauses, 1U) << i;
  }
}

TEST(StandStill, InSequentialModeToo) {
  std::vector<std::unique_ptr<Hung>> all;
  for (const auto& way : ways_to_hang)
    all.push_back(std::make_unique<Hung>(with_short_times(ServerMode::sequential, 1), way, 1));
  for (auto& each : all) EXPECT_EQ(each->waiting->read_response().status, 200);
}

// A delayed answer is a moment that another connection waits for while the listener is woken.
TEST(StandStill, ADelayedAnswerComesWhileOthersAreCut) {
  RunningServer server(with_short_times(ServerMode::spawn, 2));
  RawClient delayed(server.address()), silent(server.address());
  delayed.send(get("/delay/1500"));
  RawClient next(server.address());
  next.send(get("/"));
  EXPECT_EQ(delayed.read_response().status, 200);
  EXPECT_EQ(next.read_response().status, 200);
}

// It has room for 1,000 connections and cuts each after 5 s.
TEST(StandStill, AnAdminListenerFullOfSilentConnectionsAnswersTheNextOne) {
  raise_open_file_limit();
  ServerOptions options;
  options.admin = tcp::endpoint(asio::ip::address_v4::loopback(), 0);
  RunningServer server(options);
  std::vector<std::unique_ptr<RawClient>> silent;
  for (int i = 0; i < 1000; ++i)
    silent.push_back(std::make_unique<RawClient>(server.admin_address(), nullptr));
  for (int i = 0; i < 3; ++i) {
    RawClient next(server.admin_address(), nullptr);
    EXPECT_EQ(next.ask(get("/healthz")).status, 200);
  }
}

}  // namespace
}  // namespace tws
