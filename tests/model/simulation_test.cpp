#include "tws/model/simulation.hpp"

#include "support/units.hpp"
#include "tws/diagnose/diagnose.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <cmath>
#include <numeric>

namespace tws {
namespace {

using namespace std::chrono_literals;

// One request for each connection, for `duration`.
Simulation on(std::string_view system, CloseBy close_by, std::chrono::nanoseconds duration = 2s) {
  Simulation simulation;
  simulation.system = *find_system(system);
  simulation.plan.duration = duration;
  simulation.plan.requests_per_connection = 1;
  simulation.plan.close_by = close_by;
  simulation.plan.connect_timeout = 75s;
  return simulation;
}

std::uint64_t no_port(const Run& run) {
  const auto& failed = run.tally.attempts_failed;
  return failed.contains(EADDRNOTAVAIL) ? failed.at(EADDRNOTAVAIL).count : 0;
}

std::string limited_by(const Run& run) {
  return diagnose(run).verdict.limited_by;
}

// Every attempt, request and moment is accounted for, whatever the run.
void expect_complete(const Run& run) {
  const Tally& tally = run.tally;
  std::uint64_t connecting = 0, asking = 0;
  for (const InFlight& one : tally.in_flight) {
    if (one.phase == Phase::connect)
      ++connecting;
    else if (one.phase != Phase::backoff)
      ++asking;
  }
  EXPECT_EQ(tally.attempts_started,
            tally.attempts_connected + total(tally.attempts_failed) + connecting);
  EXPECT_EQ(tally.requests_started, tally.responses() + asking);
  EXPECT_EQ(tally.attempts_connected,
            tally.closed_by_client + tally.closed_by_server + tally.closed_by_reset);
  const auto& times = tally.time_in_phase;
  EXPECT_DOUBLE_EQ(
      to_seconds(std::accumulate(times.begin(), times.end(), std::chrono::nanoseconds{})),
      run.seconds * run.plan.connections);
  std::uint64_t requests = 0;
  for (const Sample& sample : run.timeline) requests += sample.requests;
  EXPECT_EQ(requests, tally.responses());
}

TEST(Simulation, OfOneSeedIsAlwaysTheSame) {
  auto simulation = on("macos-12", CloseBy::server);
  const auto first = simulate(simulation), again = simulate(simulation);
  EXPECT_EQ(first.tally.responses(), again.tally.responses());
  EXPECT_EQ(first.tally.latency.save(), again.tally.latency.save());
  simulation.seed = 2;
  EXPECT_NE(first.tally.latency.save(), simulate(simulation).tally.latency.save());
}

// ports + C p / (1 - p), deviation sqrt(C p) / (1 - p): each connection goes on for as long as its
// SYNs pass.
void expect_mean(std::string_view system, double p) {
  constexpr int runs = 500;
  auto simulation = on(system, CloseBy::server, 1s);
  simulation.system.ports = {49152, 50175};
  const double c = simulation.plan.connections;
  double sum = 0, squares = 0;
  for (int i = 0; i < runs; ++i) {
    simulation.seed = static_cast<std::uint64_t>(i);
    const auto run = simulate(simulation);
    const double more = static_cast<double>(run.tally.responses()) - 1024;
    sum += more;
    squares += more * more;
    EXPECT_TRUE(run.tally.attempts_failed.empty());
    EXPECT_EQ(run.tally.in_flight.size(), simulation.plan.connections);
  }
  const double mean = sum / runs;
  const double deviation = std::sqrt(c * p) / (1 - p);
  EXPECT_NEAR(mean, c * p / (1 - p), 4 * deviation / std::sqrt(runs)) << system;
  EXPECT_NEAR(std::sqrt(squares / runs - mean * mean), deviation, 0.15 * deviation) << system;
}

TEST(Simulation, MacosUpTo14StopsAfterOneRoundAndAFew) {
  expect_mean("macos-11", 1.0 / 2);
  expect_mean("macos-12", 1.0 / 4);
  expect_mean("macos-14", 1.0 / 4);
}

TEST(Simulation, TheArticle) {
  auto simulation = on("macos-12", CloseBy::server, 10s);
  simulation.sequential = true;
  const auto run = simulate(simulation);
  expect_complete(run);
  EXPECT_NEAR(static_cast<double>(run.tally.responses()), 16'400.7, 5 * 4.8);
  EXPECT_TRUE(run.tally.attempts_failed.empty());
  EXPECT_EQ(run.sockets_after->server[TcpState::TimeWait], 16'384u);
  EXPECT_EQ(run.sockets_after->client[TcpState::SynSent], 50u);
  EXPECT_EQ(limited_by(run), "time-wait-collision");
}

TEST(Simulation, WhereTheServerClosesOthersHaveNoCeiling) {
  for (const auto* system : {"macos-15", "linux", "linux-6.13", "freebsd-14"}) {
    const auto run = simulate(on(system, CloseBy::server));
    expect_complete(run);
    EXPECT_GT(run.tally.responses(), 65'536u) << system;
    EXPECT_TRUE(run.tally.attempts_failed.empty()) << system;
    EXPECT_NE(limited_by(run), "time-wait-collision") << system;
  }
}

// Since 14.0 no TIME_WAIT towards the machine's own addresses; towards others 60 s, and ports are
// shared between targets.
TEST(Simulation, FreebsdWhereTheClientCloses) {
  auto simulation = on("freebsd-14", CloseBy::client, 4s);
  const auto at_home = simulate(simulation);
  EXPECT_GT(at_home.tally.attempts_connected, 100'000u);
  EXPECT_EQ(diagnose(at_home).budget.burst, std::nullopt);
  simulation.on_loopback = false;
  const auto elsewhere = simulate(simulation);
  EXPECT_EQ(elsewhere.tally.attempts_connected, 55'536u);
  EXPECT_EQ(limited_by(elsewhere), "ephemeral-ports");
  simulation.targets = 2;
  EXPECT_EQ(simulate(simulation).tally.attempts_connected, 2 * 55'536u);
}

// A sequence number that grows with the clock has to be beyond the old window: with few ports it is
// not (macOS 15).
TEST(Simulation, ThePortMustNotComeBackTooSoon) {
  auto simulation = on("macos-15", CloseBy::server);
  simulation.system.ports = {50000, 50199};
  const auto run = simulate(simulation);
  EXPECT_GT(run.tally.in_flight.size(), 40u);
  simulation.system.syn.lead = 0s;
  EXPECT_GT(simulate(simulation).tally.responses(), 65'536u);
}

TEST(Simulation, MacosWhereTheClientCloses) {
  auto simulation = on("macos-15", CloseBy::client);
  for (const std::uint32_t targets : {1u, 4u}) {  // a port is held for all of them
    simulation.targets = targets;
    const auto run = simulate(simulation);
    expect_complete(run);
    EXPECT_EQ(run.tally.attempts_connected, 16'384u);
    EXPECT_GT(no_port(run), 0u);
    EXPECT_EQ(limited_by(run), "ephemeral-ports");
  }
  simulation.sources = 4;
  EXPECT_EQ(simulate(simulation).tally.attempts_connected, 4 * 16'384u);
}

TEST(Simulation, LinuxWithoutReuse) {
  auto simulation = on("linux", CloseBy::client);
  simulation.system.reuse = TimeWaitReuse::Off;
  simulation.system.search_cost = 0s;
  simulation.system.ports = {20000, 24095};
  for (const auto& [sources, targets] : {std::pair{1u, 1u}, {4u, 1u}, {1u, 4u}, {2u, 3u}}) {
    simulation.sources = sources;
    simulation.targets = targets;
    const auto run = simulate(simulation);
    expect_complete(run);
    EXPECT_EQ(run.tally.attempts_connected, 4096u * sources * targets);
    EXPECT_GT(no_port(run), 0u);
    EXPECT_EQ(limited_by(run), "ephemeral-ports");
    EXPECT_EQ(run.sockets_after->client_ports, 4096u);
  }
}

TEST(Simulation, LinuxReusesOnLoopbackAndNowhereElse) {
  auto simulation = on("linux", CloseBy::client, 4s);
  simulation.system.ports = {20000, 24095};
  simulation.plan.port_range = simulation.system.ports;  // no search
  const auto reused = simulate(simulation);
  expect_complete(reused);
  EXPECT_NEAR(static_cast<double>(reused.tally.attempts_connected), 4 * 4096, 0.1 * 4 * 4096);
  EXPECT_EQ(limited_by(reused), "time-wait-reuse");
  EXPECT_GT(reused.counters.at("TcpExt.TWRecycled"), 0);
  simulation.on_loopback = false;
  EXPECT_EQ(simulate(simulation).tally.attempts_connected, 4096u);
  simulation.system.reuse = TimeWaitReuse::On;
  EXPECT_GT(simulate(simulation).tally.attempts_connected, 2 * 4096u);
}

// From half of the range on each connect() looks through the other half.
TEST(Simulation, TheSearchTakesTheTimeFromHalfOfTheRangeOn) {
  auto simulation = on("linux", CloseBy::client, 1s);
  simulation.system.reuse = TimeWaitReuse::Off;
  const auto with_search = simulate(simulation).tally.attempts_connected;
  EXPECT_GT(with_search, 14'116u);
  EXPECT_LT(with_search, 16'500u);
  simulation.system.search_cost = 0s;
  EXPECT_EQ(simulate(simulation).tally.attempts_connected, 28'232u);
}

TEST(Simulation, AFullTableHidesTheCeiling) {
  auto simulation = on("linux", CloseBy::client);
  simulation.system.reuse = TimeWaitReuse::Off;
  simulation.system.ports = {20000, 24095};
  simulation.system.max_time_wait = 1000;
  const auto run = simulate(simulation);
  expect_complete(run);
  EXPECT_GT(run.tally.attempts_connected, 3 * 4096u);
  EXPECT_EQ(no_port(run), 0u);
  EXPECT_GT(run.counters.at("TcpExt.TCPTimeWaitOverflow"), 0);
}

TEST(Simulation, WhatHoldsNoPortHasNoCeiling) {
  auto rotating = on("linux", CloseBy::client);
  rotating.system.reuse = TimeWaitReuse::Off;
  rotating.plan.ports = PortChoice::rotate;
  auto kept = on("macos-12", CloseBy::server);
  kept.plan.requests_per_connection.reset();
  for (const Simulation& simulation : {rotating, kept, on("macos-12", CloseBy::reset)}) {
    const auto run = simulate(simulation);
    expect_complete(run);
    EXPECT_GT(run.tally.responses(), 50'000u);
    EXPECT_TRUE(run.tally.attempts_failed.empty());
  }
}

TEST(Simulation, AnAttemptEndsByThePatienceOfHammerOrOfTheKernel) {
  auto simulation = on("macos-12", CloseBy::server, 10s);
  simulation.system.ports = {49152, 50175};
  simulation.plan.connect_timeout = 3s;
  const auto by_hammer = simulate(simulation);
  expect_complete(by_hammer);
  EXPECT_TRUE(by_hammer.tally.attempts_failed.contains(Cause::timeout));
  simulation.plan.connect_timeout = 1h;
  simulation.plan.duration = 80s;
  simulation.system.time_wait = 1h;
  const auto by_kernel = simulate(simulation);
  expect_complete(by_kernel);
  EXPECT_TRUE(by_kernel.tally.attempts_failed.contains(ETIMEDOUT));
  EXPECT_FALSE(by_kernel.tally.attempts_failed.contains(Cause::timeout));
}

TEST(Simulation, ASecondRunMeetsTheFirstOnesTimeWait) {
  auto simulation = on("macos-12", CloseBy::server, 10s);
  simulation.again_after = 5s;
  const auto soon = simulate(simulation);
  expect_complete(soon);
  EXPECT_EQ(soon.sockets_before->server[TcpState::TimeWait], 16'384u);
  EXPECT_LT(soon.tally.responses(), 60u);
  EXPECT_EQ(limited_by(soon), "time-wait-collision");
  simulation.again_after = 60s;
  const auto later = simulate(simulation);
  EXPECT_EQ(later.sockets_before->server[TcpState::TimeWait], 0u);
  EXPECT_GT(later.tally.responses(), 16'384u);
}

TEST(Simulation, ASequentialServerHasOneAtATime) {
  auto simulation = on("linux", CloseBy::server, 10s);
  simulation.delay = 10ms;
  const auto spawned = simulate(simulation).tally.responses();
  EXPECT_NEAR(static_cast<double>(spawned), 50 * 1000, 2500);
  simulation.sequential = true;
  const auto run = simulate(simulation);
  expect_complete(run);
  EXPECT_NEAR(static_cast<double>(run.tally.responses()), 1000, 10);
}

TEST(Simulation, AsManyRequestsAsAreAskedFor) {
  auto simulation = on("linux", CloseBy::server);
  simulation.plan.requests = 1234;
  const auto run = simulate(simulation);
  expect_complete(run);
  EXPECT_EQ(run.tally.responses(), 1234u);
  EXPECT_TRUE(run.tally.in_flight.empty());
  EXPECT_LT(run.seconds, 1);
}

TEST(Simulation, KeepsARateOrSaysWhatItDidNotBegin) {
  auto simulation = on("linux", CloseBy::server, 5s);
  simulation.plan.rate = 1000;
  const auto kept = simulate(simulation);
  expect_complete(kept);
  EXPECT_EQ(kept.tally.due(), 5000u);
  EXPECT_EQ(kept.tally.never_begun, 0u);
  EXPECT_EQ(kept.tally.service_time.count(), kept.tally.responses());
  EXPECT_TRUE(diagnose(kept).verdict.valid);
  simulation.delay = 100ms;  // 50 connections / 100 ms make 500/s
  const auto late = simulate(simulation);
  expect_complete(late);
  EXPECT_EQ(late.tally.due(), 5000u);
  EXPECT_NEAR(static_cast<double>(late.tally.never_begun), 2500, 100);
}

}  // namespace
}  // namespace tws
