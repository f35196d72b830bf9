// A response that is held back, and a client that does not wait for it.
#include "client.hpp"
#include "server/request.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

namespace tws {
namespace {

using namespace std::chrono_literals;

// In spawn mode, too, the next client is served only when the one before has gone. A delay that is
// waited for to its end is the end of the test's patience.
class Delay : public testing::TestWithParam<ServerMode> {
 protected:
  static ServerOptions options() {
    ServerOptions options = in_mode(GetParam());
    options.limits.connections = 1;
    options.delay = 1h;
    options.drain = 1h;
    return options;
  }

  // The server has read all that this one client has sent, and so has begun to wait.
  void await_delay(const RawClient& client) const {
    while (server.totals().bytes_in < client.sent) std::this_thread::sleep_for(1ms);
  }

  RunningServer server{options()};
};

INSTANTIATE_TEST_SUITE_P(Modes, Delay, both_modes, mode_name);

TEST_P(Delay, AClientThatHasResetIsNotWaitedFor) {
  RawClient client(server.address());
  client.send(get("/"));
  await_delay(client);
  client.reset();
  const ServerTotals totals = server.stop();
  EXPECT_EQ(totals.closed_by_reset, 1U);
  EXPECT_EQ(totals.requests(), 0U);
}

TEST_P(Delay, NorOneThatHasSentItsFinBefore) {
  RawClient client(server.address());
  client.send(get("/"));
  client.send_fin();
  await_delay(client);
  client.reset();
  EXPECT_EQ(server.stop().closed_by_reset, 1U);
}

TEST_P(Delay, NorOneThatResetsWhileTheServerIsDraining) {
  RawClient client(server.address());
  client.send(get("/"));
  await_delay(client);
  server.begin_stop();
  client.reset();
  EXPECT_EQ(server.stop().closed_by_reset, 1U);
}

TEST_P(Delay, NorOneThatHadResetBeforeItBegan) {
  for (int i = 0; i < 20; ++i) {
    RawClient client(server.address());
    client.send(get("/"));
    client.reset();
  }
  while (server.totals().connections < 20) std::this_thread::sleep_for(1ms);
  EXPECT_EQ(server.stop().requests(), 0U);
}

class DelayTarget : public testing::TestWithParam<ServerMode> {
 protected:
  static ServerOptions options() {
    ServerOptions options = in_mode(GetParam());
    options.keep_alive = true;
    options.limits.connections = 1;
    return options;
  }

  RunningServer server{options()};
};

INSTANTIATE_TEST_SUITE_P(Modes, DelayTarget, both_modes, mode_name);

TEST_P(DelayTarget, HoldsNobodyUpForAClientThatHasReset) {
  for (int i = 0; i < 10; ++i) {
    RawClient gone(server.address());
    if (i % 2 == 1) {
      EXPECT_EQ(gone.ask(get("/delay/1")).status, 200);
    }
    gone.send(get("/delay/60000"));
    gone.reset();
  }
  RawClient next(server.address());
  EXPECT_EQ(next.ask(get("/")).status, 200);
}

TEST_P(DelayTarget, IsNotEndedByBytesOrAFin) {
  RawClient client(server.address());
  client.send(get("/delay/200"));
  client.send(get("/delay/1"));
  client.send(get("/bytes/2"));
  client.send_fin();
  EXPECT_EQ(client.read_response().status, 200);
  EXPECT_EQ(client.read_response().status, 200);
  EXPECT_EQ(client.read_response().body, "xx");
  EXPECT_TRUE(client.sees_fin());
  EXPECT_EQ(server.stop().closed_by_client, 1U);
}

TEST_P(DelayTarget, IsNotFoundBeyondAMinute) {
  RawClient client(server.address());
  EXPECT_EQ(client.ask(get("/delay/60001")).status, 404);
  EXPECT_EQ(client.ask(get("/delay/3600000")).status, 404);
  EXPECT_EQ(client.ask(get("/delay/18446744073709551616")).status, 404);
  const auto longest = server::target_of("/delay/60000");
  EXPECT_EQ(longest.route, server::Route::delay);
  EXPECT_EQ(longest.number, 60'000U);
}

}  // namespace
}  // namespace tws
