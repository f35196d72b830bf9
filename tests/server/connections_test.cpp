// How connections begin and end, who ended them, and whether the totals say so.
#include "client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <vector>

namespace tws {
namespace {

using testing::HasSubstr;

ServerOptions sequential() {
  return in_mode(ServerMode::sequential);
}

ServerOptions closes(ServerCloseBy close_by) {
  ServerOptions options;
  options.close_by = close_by;
  options.keep_alive = false;
  return options;
}

TEST(KeepAlive, IsTheRuleOfHttp11) {
  RunningServer server;
  RawClient client(server.address());
  EXPECT_EQ(client.ask(get("/")).status, 200);
  const Response last = client.ask(get("/", "Connection: close\r\n"));
  EXPECT_THAT(last.head, HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(client.sees_fin());
}

TEST(KeepAlive, IsAskedForInHttp10) {
  RunningServer server;
  RawClient client(server.address());
  const Response kept = client.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_THAT(kept.head, HasSubstr("Connection: keep-alive\r\n"));
  const Response last = client.ask("GET / HTTP/1.0\r\n\r\n");
  EXPECT_THAT(last.head, HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(client.sees_fin());
}

TEST(RepeatedRequests, AreAnsweredLikeTheFirst) {
  RunningServer server;
  RawClient client(server.address());
  const std::string request = get("/");
  const Response first = client.ask(request);
  EXPECT_EQ(client.ask(request).body, first.body);
  // Another one of the same length, the first one again, in two parts, and two at once.
  EXPECT_EQ(client.ask("DEL" + request.substr(3)).status, 501);
  EXPECT_EQ(client.ask(request).status, 200);
  client.send(request.substr(0, request.size() - 1));
  EXPECT_TRUE(client.has_received_nothing_yet());
  EXPECT_EQ(client.ask(request.substr(request.size() - 1)).status, 200);
  client.send(request + request);
  EXPECT_EQ(client.read_response().body, first.body);
  EXPECT_EQ(client.read_response().body, first.body);
}

TEST(RepeatedRequests, KeepTheirConnectionOrEndIt) {
  RunningServer server;
  for (int i = 0; i < 3; ++i) {
    RawClient kept(server.address()), closed(server.address());
    EXPECT_EQ(kept.ask(get("/")).status, 200);
    EXPECT_EQ(closed.ask(get("/", "Connection: close\r\n")).status, 200);
    EXPECT_TRUE(closed.sees_fin());
    EXPECT_EQ(kept.ask(get("/")).status, 200);
  }
}

TEST(KeepAlive, CanBeOff) {
  ServerOptions options;
  options.keep_alive = false;
  RunningServer server(options);
  for (const auto* target : {"/", "/bytes/3", "/status/404"}) {
    RawClient client(server.address());
    EXPECT_THAT(client.ask(get(target)).head, HasSubstr("Connection: close\r\n"));
    EXPECT_TRUE(client.sees_fin());
  }
}

TEST(CloseByServer, FinComesFromTheServer) {
  RunningServer server(closes(ServerCloseBy::server));
  RawClient client(server.address());
  client.ask(get("/"));
  EXPECT_TRUE(client.sees_fin());
  EXPECT_EQ(server.stop().closed_by_server, 1U);
}

TEST(CloseByServer, UnreadBytesDoNotCostTheResponse) {
  RunningServer server(closes(ServerCloseBy::server));
  RawClient client(server.address());
  client.send(get("/") + std::string(1'000'000, 'a'));
  EXPECT_EQ(client.read_response().status, 200);
  EXPECT_TRUE(client.sees_fin());
  client.send_fin();
  EXPECT_EQ(server.stop().by_status[200], 1U);
}

TEST(CloseByServer, AFinThatCameFirstIsTheClients) {
  RunningServer server(closes(ServerCloseBy::server));
  RawClient client(server.address());
  client.send(get("/delay/100"));
  client.send_fin();
  EXPECT_EQ(client.read_response().status, 200);
  EXPECT_TRUE(client.sees_fin());
  EXPECT_EQ(server.stop().closed_by_client, 1U);
}

TEST(CloseByClient, TheServerWaitsForTheClientsFin) {
  RunningServer server(closes(ServerCloseBy::client));
  RawClient client(server.address());
  const Response response = client.ask(get("/"));
  EXPECT_THAT(response.head, HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(client.has_received_nothing_yet());
  client.send_fin();
  EXPECT_TRUE(client.sees_fin());
  const ServerTotals totals = server.stop();
  EXPECT_EQ(totals.closed_by_client, 1U);
  EXPECT_EQ(totals.closed_by_server, 0U);
}

TEST(CloseByClient, ButNotForEver) {
  RunningServer server(closes(ServerCloseBy::client));
  RawClient client(server.address());
  client.ask(get("/"));
  EXPECT_TRUE(client.sees_fin());
  EXPECT_EQ(server.stop().closed_by_server, 1U);
}

TEST(Sequential, ASecondConnectionWaitsForTheEndOfTheFirst) {
  RunningServer server(sequential());
  std::optional<RawClient> first(server.address());
  EXPECT_EQ(first->ask(get("/")).status, 200);
  RawClient second(server.address());
  second.send(get("/"));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(first->ask(get("/delay/5")).status, 200);
  EXPECT_TRUE(second.has_received_nothing_yet());
  first.reset();
  EXPECT_EQ(second.read_response().status, 200);
}

TEST(Sequential, ThreadsMakeNoDifference) {
  ServerOptions options = sequential();
  options.threads = 4;
  RunningServer server(options);
  std::optional<RawClient> first(server.address());
  EXPECT_EQ(first->ask(get("/")).status, 200);
  std::vector<std::unique_ptr<RawClient>> others;
  for (int i = 0; i < 8; ++i) {
    others.push_back(std::make_unique<RawClient>(server.address()));
    others.back()->send(get("/"));
  }
  for (int i = 0; i < 20; ++i) EXPECT_EQ(first->ask(get("/delay/5")).status, 200);
  for (auto& other : others) EXPECT_TRUE(other->has_received_nothing_yet());
  first.reset();
  for (auto& other : others) {
    EXPECT_EQ(other->read_response().status, 200);
    other.reset();
  }
}

TEST(Spawn, ASecondConnectionIsServedAtOnce) {
  RunningServer server;
  RawClient first(server.address());
  EXPECT_EQ(first.ask(get("/")).status, 200);
  first.send("GET / HTTP/1.1\r\n");
  RawClient second(server.address());
  EXPECT_EQ(second.ask(get("/")).status, 200);
  first.send("Host: a\r\n\r\n");
  EXPECT_EQ(first.read_response().status, 200);
}

TEST(Spawn, ThreadsShareAPort) {
  ServerOptions options;
  options.threads = 3;
  options.listen.push_back(options.listen.front());
  RunningServer server(options);
  for (int i = 0; i < 50; ++i)
    EXPECT_EQ(RawClient(server.address()).ask(get("/")).status, 200) << i;
  const ServerTotals totals = server.stop();
  EXPECT_EQ(totals.connections, 50U);
  EXPECT_EQ(totals.closed_by_client, 50U);
}

TEST(Totals, AgreeWithWhatTheClientsDid) {
  ServerOptions options;
  options.threads = 2;
  RunningServer server(options);
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  const auto add = [&](const RawClient& client) {
    sent += client.sent;
    received += client.received;
  };
  for (int i = 0; i < 20; ++i) {  // 3 x 200, 1 x 404, closed by the client
    RawClient client(server.address());
    client.send(get("/") + get("/bytes/70000") + get("/missing") + get("/delay/1"));
    for (int j = 0; j < 4; ++j) client.read_response();
    client.send_fin();
    EXPECT_TRUE(client.sees_fin());
    add(client);
  }
  for (int i = 0; i < 10; ++i) {  // 1 x 200, closed by the server
    RawClient client(server.address());
    client.ask(get("/", "Connection: close\r\n"));
    EXPECT_TRUE(client.sees_fin());
    add(client);
  }
  for (int i = 0; i < 5; ++i) {  // 1 x 503, reset
    RawClient client(server.address());
    client.ask(get("/status/503"));
    add(client);
    client.reset();
  }
  for (int i = 0; i < 5; ++i) {  // nothing but a broken request, closed by the client
    RawClient client(server.address());
    client.send("GET / HT");
    client.send_fin();
    EXPECT_TRUE(client.sees_fin());
    add(client);
  }
  const ServerTotals totals = server.stop();
  EXPECT_EQ(totals.connections, 40U);
  EXPECT_EQ(totals.requests(), 95U);
  EXPECT_EQ(totals.by_status[200], 70U);
  EXPECT_EQ(totals.by_status[404], 20U);
  EXPECT_EQ(totals.by_status[503], 5U);
  EXPECT_EQ(totals.bytes_in, sent);
  EXPECT_EQ(totals.bytes_out, received);
  EXPECT_EQ(totals.closed_by_client, 25U);
  EXPECT_EQ(totals.closed_by_server, 10U);
  EXPECT_EQ(totals.closed_by_reset, 5U);
  EXPECT_EQ(totals.accept_errors, 0U);
  EXPECT_EQ(totals.uncaught, 0U);
}

}  // namespace
}  // namespace tws
