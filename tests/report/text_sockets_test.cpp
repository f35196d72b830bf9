// What the text says of sockets, connections and the server's side.
#include "report/example_runs.hpp"
#include "report/sections.hpp"
#include "tws/report/text.hpp"

#include <gmock/gmock.h>

#include <cerrno>

namespace tws {
namespace {

using namespace std::chrono_literals;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr TextStyle plain{};

TEST(Text, SocketsAreShownBySideBeforeAndAfter) {
  const auto rows =
      section(to_text(examples::ports_exhausted(), plain), "Sockets towards the target:");
  ASSERT_EQ(rows.size(), 6u);
  EXPECT_EQ(rows[0], "                   client                server");
  EXPECT_EQ(rows[1], "                    start        end      start        end");
  EXPECT_EQ(rows[2], "  TIME_WAIT             0     16,384          0          0");
  EXPECT_EQ(rows[3], "  LISTEN                0          0          2          2");
  EXPECT_EQ(rows[4], "  Client ports in use: 16,384 of 16,384 (49152-65535), 100.00%");
  EXPECT_EQ(rows[5], "  12 censuses by NETLINK_SOCK_DIAG took 15.3 ms in all");
}

TEST(Text, TheWayIsWhatTheKernelCounted) {
  const auto rows =
      section(to_text(examples::proxy(), plain), "Network path (as the kernel counts):");
  ASSERT_EQ(rows.size(), 9u);
  EXPECT_EQ(rows[0], "  hammer:\t50 sockets, round trip 200 us (fastest), 20.4 ms (median)");
  EXPECT_EQ(rows[1], "    retransmitted:\t12 of 400,000 segments");
  EXPECT_THAT(rows[2], StartsWith("  server:\t50 sockets"));
  EXPECT_EQ(rows[4], "  9 samples of all sockets took 3.10 ms");
  EXPECT_EQ(rows[5], "  upstream:\t10.0.0.9:9000");
  EXPECT_EQ(rows[6], "    ports:\t28,000 of 28,232 of the server's in use at once, at most");
  EXPECT_THAT(to_text(examples::keep_alive(), plain), Not(HasSubstr("Way (")));
}

TEST(Text, ConnectionsSayWhoClosedAndWhatFailed) {
  auto run = examples::ports_exhausted();
  run.tally.closed_by_client -= 3;
  run.tally.server_kept_open = 2;
  run.tally.stale_reuses = 4;
  const auto rows = section(to_text(run, plain), "Connections:");
  ASSERT_EQ(rows.size(), 6u);
  EXPECT_EQ(rows[0], "  asked:\t50, 1 request each, closed by the client");
  EXPECT_EQ(rows[1], "  opened:\t16,384 in 20,935 attempts; at most 50 open at once");
  EXPECT_EQ(rows[2], "  failed:\t4,551 EADDRNOTAVAIL since 1.08 s");
  EXPECT_EQ(rows[3], "  closed by:\tclient 16,381, server 0, reset 0; 3 open at the end");
  EXPECT_THAT(rows[4], StartsWith("  overdue:\t2 "));
  EXPECT_THAT(rows[5], StartsWith("  sent again:\t4 "));
}

TEST(Text, ConnectionsClosedAsTheRunWasOverAreToldApart) {
  EXPECT_THAT(to_text(examples::keep_alive(), plain),
              HasSubstr("client 50, server 0, reset 0; 50 of these at the end\n"));
  auto run = examples::ports_exhausted();
  EXPECT_THAT(to_text(run, plain), Not(HasSubstr("of these")));
  // Three were under way; a connect that is has nothing to close.
  run.tally.in_flight = {
      {Phase::wait, 1ms}, {Phase::read, 1ms}, {Phase::write, 1ms}, {Phase::connect, 1ms}};
  EXPECT_THAT(to_text(run, plain),
              HasSubstr("client 16,384, server 0, reset 0; up to 3 of these at the end\n"));
}

TEST(Text, TheServersSideSaysWhereItComesFrom) {
  const auto run = examples::server_elsewhere();
  const auto text = to_text(run, plain);
  EXPECT_THAT(section(text, "Server's side:"),
              testing::ElementsAre(
                  "  told by:\ttws-server 0.1.0 on another machine (--server-admin), 9 times",
                  "  failed:\t3 since 8.50 s, connection refused; so this is as of 7.50 s"));
  EXPECT_THAT(text,
              HasSubstr("  tws-server (pid 4711)     0.50 cores, its busiest thread 40% of one\n"));
  EXPECT_THAT(text, HasSubstr("  everything there          0.75 cores of 8\n"));
  EXPECT_THAT(section(text, "Counters that moved where the server is"),
              testing::Contains(HasSubstr("TcpExt.ListenOverflows                 3")));
  EXPECT_THAT(to_text(examples::article(), plain), Not(HasSubstr("Server's side")));
}

TEST(Text, TheServersSideOnTheSameMachineDoublesNothing) {
  auto run = examples::server_elsewhere();
  run.server_side->on_this_machine = run.server_side->in_this_network = true;
  run.server_side->failures = 0;
  const auto text = to_text(run, plain);
  EXPECT_THAT(section(text, "Server's side:"),
              testing::ElementsAre(
                  "  told by:\ttws-server 0.1.0 on this machine (--server-admin), 9 times"));
  EXPECT_THAT(text, Not(HasSubstr("where the server is")));
  EXPECT_THAT(text, Not(HasSubstr("everything there")));
}

TEST(Text, CountersAreThoseAboutConnections) {
  const auto rows = section(to_text(examples::keep_alive(), plain), "Counters that moved");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_THAT(rows[0], ContainsRegex("^  Tcp.ActiveOpens +50  connections begun"));
}

}  // namespace
}  // namespace tws
