// What becomes of connections when it is to stop.
#include "client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace tws {
namespace {

using testing::HasSubstr;

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
  for (ServerOptions options : {ServerOptions{}, in_mode(ServerMode::sequential)}) {
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

}  // namespace
}  // namespace tws
