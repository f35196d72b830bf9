// The admin listener: what it answers, to whom and until when, and that nobody else does.
#include "client.hpp"
#include "support/endpoint.hpp"
#include "tws/support/errors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <thread>
#include <vector>

namespace tws {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

ServerOptions with_admin(ServerMode mode = ServerMode::spawn) {
  ServerOptions options = in_mode(mode);
  options.admin = tcp::endpoint(asio::ip::address_v4::loopback(), 0);
  return options;
}

AdminPages pages() {
  return {[] {
            return Page{"text/metrics", "one 1\n"};
          },
          [] {
            return Page{"text/census", "{}\n"};
          }};
}

template <typename Predicate>
bool becomes_true(Predicate predicate) {
  for (int i = 0; i < 3000; ++i, std::this_thread::sleep_for(10ms))
    if (predicate()) return true;
  return false;
}

class Admin : public testing::TestWithParam<ServerMode> {
 protected:
  RunningServer server{with_admin(GetParam()), pages()};
  RawClient client{server.admin_address(), nullptr};
};

INSTANTIATE_TEST_SUITE_P(Modes, Admin, both_modes, mode_name);

TEST_P(Admin, HasThreePagesOnAConnectionThatIsKept) {
  const Response health = client.ask(get("/healthz"));
  EXPECT_EQ(health.status, 200);
  EXPECT_EQ(health.body, "ok\n");
  const Response metrics = client.ask(get("/metrics?x=y"));
  EXPECT_EQ(metrics.body, "one 1\n");
  EXPECT_THAT(metrics.head, HasSubstr("Content-Type: text/metrics\r\n"));
  const Response census = client.ask(get("/census"));
  EXPECT_EQ(census.body, "{}\n");
  EXPECT_THAT(census.head, HasSubstr("Content-Type: text/census\r\n"));
}

TEST_P(Admin, HeadIsGetWithoutTheBody) {
  client.send("HEAD /metrics HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_THAT(client.read_response(true).head, HasSubstr("Content-Length: 6\r\n"));
  EXPECT_EQ(client.ask(get("/census")).body, "{}\n");  // nothing came in between
}

TEST_P(Admin, HasNothingElse) {
  for (const auto* target : {"/", "/bytes/3", "/delay/1", "/status/200", "/echo", "/metrics/",
                             "/census/x", "/favicon.ico"})
    EXPECT_EQ(client.ask(get(target)).status, 404) << target;
  for (const std::string method : {"POST", "PUT", "DELETE"}) {
    const Response response = client.ask(method + " /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(response.status, 405) << method;
    EXPECT_THAT(response.head, HasSubstr("Allow: GET, HEAD, OPTIONS\r\n"));
  }
  EXPECT_EQ(client.ask("BREW /metrics HTTP/1.1\r\nHost: a\r\n\r\n").status, 501);
  EXPECT_EQ(client.ask("GET /metrics HTTP/1.1\r\n\r\n").status, 400);
}

TEST_P(Admin, IsNotOnTheListenersOfTheServer) {
  for (const std::string target : {"/healthz", "/metrics", "/census"}) {
    for (const std::string method : {"GET ", "POST "}) {
      RawClient other(server.address());
      EXPECT_EQ(
          other.ask(method + target + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").status,
          404);
    }
  }
}

TEST_P(Admin, DoesNotCountAmongTheTotals) {
  client.ask(get("/healthz"));
  const ServerTotals totals = server.stop();
  EXPECT_EQ(totals.connections, 0U);
  EXPECT_EQ(totals.bytes_in, 0U);
}

TEST(AdminListener, IsOffByDefault) {
  Server server([] {
    ServerOptions options;
    options.listen.front().port(0);
    return options;
  }());
  EXPECT_EQ(server.admin_address(), std::nullopt);
  EXPECT_EQ(ServerOptions().admin, std::nullopt);
}

TEST(AdminListener, APageThatNobodyMakesIsNotFound) {
  RunningServer server(with_admin());
  RawClient client(server.admin_address(), nullptr);
  EXPECT_EQ(client.ask(get("/metrics")).status, 404);
  EXPECT_EQ(client.ask(get("/healthz")).status, 200);
}

TEST(AdminListener, AnAddressThatIsTakenIsNamed) {
  RunningServer first(with_admin());
  ServerOptions options = with_admin();
  options.listen.front().port(0);
  options.admin = first.admin_address();
  EXPECT_THAT([&] { Server second(options); },
              testing::ThrowsMessage<RunError>("cannot listen on " + endpoint_text(*options.admin) +
                                               ": address already in use"));
}

TEST(AdminListener, AnswersWhileASlowClientHoldsASequentialServer) {
  RunningServer server(with_admin(ServerMode::sequential), pages());
  RawClient slow(server.address());
  slow.send("GET / HT");
  RawClient waiting(server.address());
  waiting.send(get("/"));
  RawClient admin(server.admin_address(), nullptr);
  EXPECT_EQ(admin.ask(get("/metrics")).status, 200);
  EXPECT_TRUE(waiting.has_received_nothing_yet());
  EXPECT_TRUE(becomes_true([&] { return server.totals().open_connections() == 1; }));
  slow.send("TP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(waiting.read_response().status, 200);
}

TEST(AdminListener, SaysThatTheServerIsDrainingUntilItHas) {
  RunningServer server(with_admin(), pages());
  RawClient slow(server.address());
  slow.send(get("/delay/60000"));
  ASSERT_TRUE(becomes_true([&] { return server.totals().bytes_in > 0; }));
  RawClient kept(server.admin_address(), nullptr);
  EXPECT_EQ(kept.ask(get("/healthz")).status, 200);
  server.begin_stop();
  const Response health = kept.ask(get("/healthz"));
  EXPECT_EQ(health.status, 503);
  EXPECT_EQ(health.body, "draining\n");
  RawClient fresh(server.admin_address(), nullptr);
  EXPECT_EQ(fresh.ask(get("/healthz")).status, 503);
  EXPECT_EQ(fresh.ask(get("/metrics")).status, 200);
  slow.reset();
}

// Each wait here is shorter than the client's patience only because of the listener's own limits.
TEST(AdminListener, SilentOnesKeepNobodyOutAndDoNotStay) {
  ServerOptions options = with_admin();
  options.limits.idle_time = options.limits.head_time = 1h;
  RunningServer server(options, pages());
  std::vector<std::unique_ptr<RawClient>> silent;
  for (int i = 0; i < 200; ++i)
    silent.push_back(std::make_unique<RawClient>(server.admin_address(), nullptr));
  RawClient half(server.admin_address(), nullptr);
  half.send("GET /heal");
  RawClient client(server.admin_address(), nullptr);
  EXPECT_EQ(client.ask(get("/healthz")).status, 200);
  EXPECT_EQ(half.read_response().status, 408);
  for (const auto& one : silent) EXPECT_TRUE(one->sees_fin());
  EXPECT_EQ(RawClient(server.admin_address(), nullptr).ask(get("/healthz")).status, 200);
}

TEST(AdminListener, KeepsNoServerAlive) {
  ServerOptions options = with_admin();
  options.drain = 1h;
  RunningServer server(options, pages());
  RawClient idle(server.admin_address(), nullptr), half(server.admin_address(), nullptr);
  idle.ask(get("/healthz"));
  half.send("GET /metr");
  server.stop();
  EXPECT_TRUE(idle.sees_fin());
}

// Every connection that the server accepts and every byte it moves, while it does so and
// afterwards.
TEST(AdminListener, TotalsCanBeReadAtAnyTime) {
  ServerOptions options = with_admin();
  options.threads = 2;
  RunningServer server(options, pages());
  std::uint64_t sent = 0, received = 0;
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(std::make_unique<RawClient>(server.address()));
    EXPECT_EQ(clients.back()->ask(get(i % 4 == 0 ? "/nothing" : "/")).status,
              i % 4 == 0 ? 404 : 200);
    EXPECT_LE(server.totals().connections, 20U);
    sent += clients.back()->sent;
    received += clients.back()->received;
  }
  // A response is counted when its bytes have been handed over: the client may have them before.
  EXPECT_TRUE(becomes_true([&] { return server.totals().requests() == 20; }));
  const ServerTotals totals = server.totals();
  EXPECT_EQ(totals.connections, 20U);
  EXPECT_EQ(totals.open_connections(), 20U);
  EXPECT_EQ(totals.by_status[200], 15U);
  EXPECT_EQ(totals.by_status[404], 5U);
  EXPECT_EQ(totals.bytes_in, sent);
  EXPECT_EQ(totals.bytes_out, received);
  clients.clear();
  EXPECT_TRUE(becomes_true([&] { return server.totals().open_connections() == 0; }));
  EXPECT_EQ(server.totals().closed_by_client, 20U);
}

}  // namespace
}  // namespace tws
