// How connections begin and end, who ended them, and whether the totals say so.
#include "client.hpp"
#include "support/endpoint.hpp"
#include "tws/support/errors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <fcntl.h>
#include <memory>
#include <optional>
#include <unistd.h>
#include <vector>

namespace tws {
namespace {

using testing::HasSubstr;
using testing::Not;

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

TEST(Listen, ABusyPortAndAForeignAddressAreNamed) {
  RunningServer server;
  for (const unsigned threads : {1U, 2U}) {
    ServerOptions options;
    options.listen = {server.address()};
    options.threads = threads;
    try {
      Server second(options);
      FAIL();
    } catch (const RunError& error) {
      EXPECT_THAT(error.what(),
                  HasSubstr(endpoint_text(server.address()) + ": address already in use"));
    }
  }
  ServerOptions options;
  options.listen = {{asio::ip::make_address("192.0.2.1"), 0}};  // RFC 5737: nobody's
  EXPECT_THROW(Server{options}, RunError);
}

TEST(Listen, OnIpv6) {
  ServerOptions options;
  options.listen = {{asio::ip::address_v6::loopback(), 0}};
  try {
    RunningServer server(options);
    EXPECT_EQ(RawClient(server.address()).ask(get("/")).status, 200);
    EXPECT_THAT(endpoint_text(server.address()), HasSubstr("[::1]:"));
  } catch (const RunError& error) {
    GTEST_SKIP() << error.what();
  }
}

TEST(Drain, IdleOnesAreClosedAndWhatIsUnderWayIsFinished) {
  RunningServer server;
  RawClient idle(server.address());
  RawClient silent(server.address());
  RawClient under_way(server.address());
  idle.ask(get("/"));
  under_way.send(get("/delay/200"));
  EXPECT_EQ(RawClient(server.address()).ask(get("/")).status, 200);  // so that all are accepted
  server.begin_stop();
  EXPECT_TRUE(idle.sees_fin());
  EXPECT_TRUE(silent.sees_fin());
  const Response response = under_way.read_response();
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(response.head, HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(under_way.sees_fin());
  const ServerTotals totals = server.stop();
  EXPECT_EQ(totals.closed_by_server, 3U);
  EXPECT_EQ(totals.by_status[200], 3U);
}

TEST(Drain, HasAnEnd) {
  for (ServerOptions options : {ServerOptions{}, sequential()}) {
    options.drain = std::chrono::milliseconds{50};
    RunningServer server(options);
    RawClient waits(server.address());
    waits.ask(get("/"));
    waits.send(get("/delay/60000"));
    waits.send("GET / HTTP/1.1\r\n");
    const ServerTotals totals = server.stop();
    EXPECT_EQ(totals.closed_by_server, 1U);
    EXPECT_EQ(totals.by_status[200], 1U);
  }
}

TEST(Drain, AHalfReadRequestAndABlockedResponseAreCutAtTheEnd) {
  ServerOptions options;
  options.drain = std::chrono::milliseconds{50};
  RunningServer server(options);
  RawClient half(server.address());
  RawClient full(server.address());
  full.send(get("/bytes/1000000000000"));
  half.send("GET / HT");
  EXPECT_EQ(RawClient(server.address()).ask(get("/")).status, 200);
  const ServerTotals totals = server.stop();
  EXPECT_EQ(totals.closed_by_server, 2U);
  EXPECT_EQ(totals.requests(), 1U);
}

TEST(Drain, BeforeTheFirstConnectionIsAnEndToo) {
  Server server([] {
    ServerOptions options;
    options.listen.front().port(0);
    options.threads = 2;
    return options;
  }());
  server.stop();
  EXPECT_EQ(server.run().connections, 0U);
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

// Takes every descriptor that this process may have.
class NoDescriptorsLeft {
 public:
  NoDescriptorsLeft() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit low = before_;
    low.rlim_cur = std::min<rlim_t>(before_.rlim_cur, 256);
    ::setrlimit(RLIMIT_NOFILE, &low);
    for (int taken; (taken = ::open("/dev/null", O_RDONLY)) >= 0;) taken_.push_back(taken);
  }
  ~NoDescriptorsLeft() {
    for (const int taken : taken_) ::close(taken);
    ::setrlimit(RLIMIT_NOFILE, &before_);
  }
  NoDescriptorsLeft(const NoDescriptorsLeft&) = delete;
  NoDescriptorsLeft& operator=(const NoDescriptorsLeft&) = delete;

 private:
  rlimit before_{};
  std::vector<int> taken_;
};

TEST(Accept, WithoutDescriptorsPausesAndGoesOn) {
  RunningServer server;
  const tcp::endpoint& address = server.address();
  RawClient accepted(address);
  EXPECT_EQ(accepted.ask(get("/")).status, 200);
  const auto begin = Clock::now();
  const int waiting = ::socket(AF_INET, SOCK_STREAM, 0);
  {
    const NoDescriptorsLeft none;
    ASSERT_EQ(::connect(waiting, static_cast<const sockaddr*>(address.data()),
                        static_cast<socklen_t>(address.size())),
              0);
    // Asked later, so answered later: the server's one thread has tried to accept by then. And what
    // it has is served meanwhile.
    for (int i = 0; i < 10; ++i) EXPECT_EQ(accepted.ask(get("/delay/20")).status, 200);
  }
  EXPECT_EQ(RawClient(address).ask(get("/")).status, 200);
  ::close(waiting);
  const auto pauses = (Clock::now() - begin) / std::chrono::milliseconds{50};
  const ServerTotals totals = server.stop();
  EXPECT_EQ(totals.connections, 3U);
  EXPECT_GE(totals.accept_errors, 1U);
  EXPECT_LE(totals.accept_errors, static_cast<std::uint64_t>(pauses) + 1);  // it did not spin
}

}  // namespace
}  // namespace tws
