// What a client may take, and what happens to one that takes more.
#include "client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>

namespace tws {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

ServerOptions with(ServerLimits limits, ServerMode mode = ServerMode::spawn) {
  ServerOptions options = in_mode(mode);
  options.limits = limits;
  return options;
}

const std::string head_of_post = "POST /echo HTTP/1.1\r\nHost: a\r\n";

TEST(Timeouts, AHeadThatDoesNotEndGets408) {
  ServerLimits limits;
  limits.head_time = 100ms;
  RunningServer server(with(limits));
  RawClient half(server.address());
  half.send("GET / HTTP/1.1\r\nHost: a\r\n");
  const Response response = half.read_response();
  EXPECT_EQ(response.status, 408);
  EXPECT_THAT(response.head, HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(half.sees_fin());
  half.reset();
  const ServerTotals totals = server.stop();
  EXPECT_EQ(totals.timeouts, 1U);
  EXPECT_EQ(totals.by_status[408], 1U);
}

TEST(Timeouts, ADripDoesNotMakeTheHeadsTimeLonger) {
  ServerLimits limits;
  limits.head_time = 100ms;
  limits.idle_time = 0ms;
  RunningServer server(with(limits));
  RawClient drip(server.address());
  drip.send("GET / HTTP/1.1\r\nHost: a\r\nX: ");
  while (drip.has_received_nothing_yet()) {
    drip.send("x");
    std::this_thread::sleep_for(10ms);
  }
  EXPECT_EQ(drip.read_response().status, 408);
}

TEST(Timeouts, ABodyThatDoesNotEndGets408) {
  ServerLimits limits;
  limits.body_time = 100ms;
  limits.head_time = 0ms;
  RunningServer server(with(limits));
  for (const auto* framing :
       {"Content-Length: 5\r\n\r\nab", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"}) {
    RawClient client(server.address());
    EXPECT_EQ(client.ask(head_of_post + framing).status, 408);
    EXPECT_TRUE(client.sees_fin());
  }
  RawClient waits(server.address());
  waits.send(head_of_post + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(waits.read_response().status, 100);
  EXPECT_EQ(waits.read_response().status, 408);
}

TEST(Timeouts, AnIdleConnectionIsClosedWithoutAWord) {
  ServerLimits limits;
  limits.idle_time = 100ms;
  RunningServer server(with(limits));
  RawClient silent(server.address());
  RawClient served(server.address());
  EXPECT_EQ(served.ask(get("/")).status, 200);
  EXPECT_TRUE(silent.sees_fin());
  EXPECT_TRUE(served.sees_fin());
  const ServerTotals totals = server.stop();
  EXPECT_EQ(totals.timeouts, 2U);
  EXPECT_EQ(totals.requests(), 1U);
  EXPECT_EQ(totals.closed_by_server, 2U);
}

TEST(Timeouts, AClientThatDoesNotReadIsCutOff) {
  ServerLimits limits;
  limits.write_time = 100ms;
  RunningServer server(with(limits));
  RawClient client(server.address());
  client.send(get("/bytes/1000000000"));
  RawClient other(server.address());
  while (server.totals().timeouts == 0) EXPECT_EQ(other.ask(get("/delay/10")).status, 200);
  other.reset();
  EXPECT_LT(client.read_to_end().size(), 1'000'000'000U);
  EXPECT_TRUE(client.saw_reset());
}

// Faster than 64 KiB in the time, slower than the kernel's buffer of the server, which says that
// there is room only when a third of it is empty.
TEST(Timeouts, OneThatReadsSlowlyButSurelyIsNot) {
  ServerLimits limits;
  limits.write_time = limits.idle_time = 300ms;
  RunningServer server(with(limits));
  const auto read_all = [&](std::string_view more) {
    RawClient client(server.address());
    client.send(get("/bytes/4000000", more));
    constexpr std::size_t part = 50'000;
    std::size_t size = 0;
    for (std::size_t read = part; read == part; size += read) {
      read = client.read_some(part);
      std::this_thread::sleep_for(50ms);
    }
    EXPECT_GT(size, 4'000'000U);
  };
  std::thread kept([&] { read_all(""); });
  read_all("Connection: close\r\n");
  kept.join();
  const ServerTotals totals = server.stop();
  EXPECT_EQ(totals.by_status[200], 2U);
  EXPECT_EQ(totals.timeouts, 1U);  // the connection that was kept, when it was idle
}

TEST(Timeouts, AnAnswerThatTheKernelTookWholeIsNotCutWhileItIsRead) {
  ServerLimits limits;
  limits.idle_time = 100ms;
  RunningServer server(with(limits));
  RawClient client(server.address());
  client.send(get("/bytes/1000000"));
  while (server.totals().requests() == 0) std::this_thread::sleep_for(1ms);
  std::this_thread::sleep_for(1200ms);  // two looks at the deadlines
  client.send(get("/"));                // a server that had closed would answer with RST
  EXPECT_EQ(client.read_response().body.size(), 1'000'000U);
  EXPECT_EQ(client.read_response().status, 200);
  EXPECT_TRUE(client.sees_fin());
}

TEST(Timeouts, NorIsItKeptForAClientThatReadsNothing) {
  ServerLimits limits;
  limits.idle_time = limits.write_time = 100ms;
  RunningServer server(with(limits));
  RawClient client(server.address());
  client.send(get("/bytes/3000000"));
  while (server.totals().timeouts == 0) std::this_thread::sleep_for(1ms);
  EXPECT_LT(client.read_to_end().size(), 3'000'000U);
  EXPECT_TRUE(client.saw_reset());
}

TEST(Timeouts, ADelayIsNotTheClients) {
  ServerLimits limits;
  limits.head_time = limits.body_time = limits.idle_time = limits.write_time = 50ms;
  RunningServer server(with(limits));
  RawClient client(server.address());
  EXPECT_EQ(client.ask(get("/delay/1500")).status, 200);
}

TEST(Timeouts, NothingIsNoLimit) {
  ServerLimits limits;
  limits.head_time = limits.body_time = limits.idle_time = limits.write_time = 0ms;
  RunningServer server(with(limits));
  RawClient idle(server.address()), half(server.address());
  half.send("GET /");
  RawClient other(server.address());
  EXPECT_EQ(other.ask(get("/delay/1200")).status, 200);  // two looks at the deadlines
  EXPECT_TRUE(idle.has_received_nothing_yet());
  EXPECT_EQ(half.ask(" HTTP/1.0\r\n\r\n").status, 200);
}

TEST(Timeouts, ASlowClientHoldsUpSequentialModeNoLonger) {
  ServerLimits limits;
  limits.head_time = limits.idle_time = limits.body_time = 100ms;
  RunningServer server(with(limits, ServerMode::sequential));
  RawClient silent(server.address()), half(server.address()), slow(server.address());
  half.send("GET / HT");
  slow.send(head_of_post + "Content-Length: 5\r\n\r\n");
  RawClient good(server.address());
  good.send(get("/"));
  EXPECT_TRUE(silent.sees_fin());
  EXPECT_EQ(half.read_response().status, 408);
  half.reset();
  EXPECT_EQ(slow.read_response().status, 408);
  slow.reset();
  EXPECT_EQ(good.read_response().status, 200);
}

TEST(MostRequests, TheLastOneSaysSo) {
  ServerLimits limits;
  limits.requests = 3;
  RunningServer server(with(limits));
  for (const auto* target : {"/", "/bytes/1"}) {
    RawClient client(server.address());
    for (int i = 0; i < 2; ++i)
      EXPECT_THAT(client.ask(get(target)).head, Not(HasSubstr("Connection: close\r\n")));
    EXPECT_THAT(client.ask(get(target)).head, HasSubstr("Connection: close\r\n"));
    EXPECT_TRUE(client.sees_fin());
  }
}

TEST(MostConnections, TheNextOneWaits) {
  ServerLimits limits;
  limits.connections = 2;
  RunningServer server(with(limits));
  std::optional<RawClient> first(server.address()), second(server.address());
  EXPECT_EQ(first->ask(get("/")).status, 200);
  EXPECT_EQ(second->ask(get("/")).status, 200);
  RawClient third(server.address()), fourth(server.address());
  third.send(get("/"));
  fourth.send(get("/"));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(first->ask(get("/delay/5")).status, 200);
  EXPECT_TRUE(third.has_received_nothing_yet());
  second->send_fin();
  EXPECT_EQ(third.read_response().status, 200);
  EXPECT_TRUE(fourth.has_received_nothing_yet());
  first->reset();
  EXPECT_EQ(fourth.read_response().status, 200);
  const ServerTotals totals = server.stop();
  EXPECT_EQ(totals.connections, 4U);
  EXPECT_GE(totals.accept_pauses, 2U);
}

TEST(MostConnections, AreSharedByTheThreads) {
  ServerLimits limits;
  limits.connections = 3;
  ServerOptions options = with(limits);
  options.threads = 2;
  RunningServer server(options);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(std::make_unique<RawClient>(server.address()));
    clients.back()->send(get("/"));
  }
  // All are served in the end, each as soon as one of its thread's has gone.
  std::uint64_t served = 0;
  while (!clients.empty()) {
    const auto ready = std::find_if(clients.begin(), clients.end(), [](const auto& client) {
      return !client->has_received_nothing_yet();
    });
    if (ready == clients.end()) continue;
    const auto totals = server.totals();
    EXPECT_LE(totals.connections - totals.closed_by_reset, 3U);
    EXPECT_EQ((*ready)->read_response().status, 200);
    (*ready)->reset();
    clients.erase(ready);
    ++served;
  }
  EXPECT_EQ(server.stop().connections, served);
}

TEST(MostConnections, APausedServerCanBeStopped) {
  ServerLimits limits;
  limits.connections = 1;
  RunningServer server(with(limits));
  RawClient first(server.address()), second(server.address());
  EXPECT_EQ(first.ask(get("/")).status, 200);
  server.begin_stop();
  EXPECT_TRUE(first.sees_fin());
  EXPECT_EQ(server.stop().connections, 1U);
}

TEST(ChunkOverhead, IsLimited) {
  ServerLimits limits;
  limits.chunk_overhead = 100;
  RunningServer server(with(limits));
  const std::string head = head_of_post + "Transfer-Encoding: chunked\r\n\r\n";
  const std::string ext = ";" + std::string(80, 'e');
  const auto status = [&](const std::string& chunks) {
    return RawClient(server.address()).ask(head + chunks).status;
  };
  EXPECT_EQ(status("1" + ext + "\r\nx\r\n0\r\n\r\n"), 200);
  EXPECT_EQ(status("1" + ext + "\r\nx\r\n1" + ext + "\r\nx\r\n0\r\n\r\n"), 400);
  EXPECT_EQ(status("1" + ext + ext), 400);  // without an end
  EXPECT_EQ(status("0\r\nX: " + std::string(80, 'y') + "\r\n\r\n"), 200);
  EXPECT_EQ(status("0\r\nX: " + std::string(200, 'y')), 400);
  EXPECT_EQ(status(std::string(200, '0')), 400);
  std::string small;
  for (int i = 0; i < 1000; ++i) small += "1\r\nx\r\n";
  EXPECT_EQ(status(small + "0\r\n\r\n"), 200);  // small chunks are no sin
}

}  // namespace
}  // namespace tws
