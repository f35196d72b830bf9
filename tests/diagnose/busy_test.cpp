// Who was busy: hammer, the server in all its processes, others, or nobody who could be seen.
#include "diagnose/findings.hpp"
#include "diagnose/runs.hpp"

#include <gmock/gmock.h>

namespace tws {
namespace {

using namespace std::chrono_literals;
using namespace diagnosis;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

void set_latency(Run& run, std::chrono::nanoseconds fastest, std::chrono::nanoseconds others) {
  run.tally.latency.clear();
  run.tally.latency.record(fastest);
  for (int i = 0; i < 999; ++i) run.tally.latency.record(others);
}

// 380 responses per second of 5 ms of CPU each, from four processes on two cores.
Run prefork() {
  Run run = plain();
  run.environment.cpus = 2;
  run.tally.responses_by_status[200] = 3'800;
  set_latency(run, 6ms, 130ms);
  run.tally.time_in_phase[index(Phase::wait)] = 495s;
  run.cpu.busy = run.cpu.busiest_thread = 0.04;
  run.cpu.waiting = 0.05;
  run.cpu.machine_busy = 1.99;
  run.cpu.machine_cores = run.cpu.server_cores.emplace(2);
  run.cpu.servers.push_back({10, "gunicorn", 0, 0, {}, {}, 0.0});
  for (int pid = 11; pid < 15; ++pid)
    run.cpu.servers.push_back({pid, "gunicorn", 0.4825, 0.4825, {}, {}, 0.5});
  return run;
}

TEST(Busy, AllProcessesOfTheServerTogether) {
  const auto run = prefork();
  const auto diagnosis = diagnose(run);
  EXPECT_EQ(diagnosis.verdict.limited_by, "server-cpu");
  EXPECT_TRUE(diagnosis.verdict.valid && diagnosis.verdict.rate_is_servers &&
              diagnosis.verdict.latency_is_servers);
  EXPECT_EQ(find(diagnosis, "client-cpu"), nullptr);
  EXPECT_EQ(find(diagnosis, "machine-cpu"), nullptr);
  const auto& finding = *find(diagnosis, "server-cpu");
  EXPECT_THAT(finding.headline, HasSubstr("5 processes, the busiest of them gunicorn"));
  EXPECT_THAT(finding.headline, HasSubstr("used 1.93 cores of 2 at 380 responses per second"));
  EXPECT_EQ(finding.evidence.back().value, "5.08 ms");
  EXPECT_EQ(finding.remedies.front().action, "more cores for the server");
  EXPECT_THAT(finding.remedies.front().effect, HasSubstr("about 197 responses per second"));
}

TEST(Busy, WithHandshakesItSaysSoAndWhatSavesThem) {
  auto run = prefork();
  run.tally.handshakes_full = 3'000;
  run.tally.handshakes_resumed = 800;
  run.plan.requests_per_connection = 1;
  run.tally.time_in_phase[index(Phase::wait)] = 345s;
  run.tally.time_in_phase[index(Phase::handshake)] = 150s;
  const auto with = diagnose(run);
  const auto& finding = *find(with, "server-cpu");
  EXPECT_THAT(finding.why, HasSubstr("handshakes of TLS: 380 per second"));
  EXPECT_EQ(finding.evidence.back().value,
            "3,000 full and 800 resumed, 30% of the connections' time");
  const auto& keep = finding.remedies.end()[-2];
  EXPECT_EQ(keep.action, "keep connections: leave out --disable-keepalive");
  EXPECT_THAT(keep.effect, HasSubstr("50 handshakes instead of 3,800"));
  EXPECT_EQ(finding.remedies.back().action, "resume sessions: --tls-resume on");
  EXPECT_THAT(finding.remedies.back().effect, HasSubstr("2,950 of 3,000 handshakes"));
  run.tally.time_in_phase[index(Phase::handshake)] = 5s;
  const auto without = diagnose(run);
  EXPECT_THAT(find(without, "server-cpu")->why, Not(HasSubstr("TLS")));
}

TEST(Busy, NotTheServerIfHammerOrOthersTakeTheCores) {
  auto run = prefork();
  run.cpu.servers.resize(3);
  EXPECT_EQ(limited_by(run), "machine-cpu");
  EXPECT_THAT(
      diagnose(run).findings.front().headline,
      HasSubstr("hammer used 0.04 cores, the server 0.96 cores, other programs 0.98 cores"));
  run.cpu.busy = 0.5;
  run.cpu.busiest_thread = 0.5;
  const auto diagnosis = diagnose(run);
  EXPECT_EQ(diagnosis.verdict.limited_by, "machine-cpu");
  EXPECT_FALSE(diagnosis.verdict.valid);
  EXPECT_EQ(diagnosis.findings.front().remedies.front().action, "run hammer on another machine");
}

TEST(Busy, TheServersCoresAreThoseThatItMayUse) {
  auto run = prefork();
  run.cpu.machine_cores = 8;
  run.cpu.server_cores = 8;
  EXPECT_NE(limited_by(run), "server-cpu");
  run.cpu.server_cores = 2;  // taskset
  EXPECT_EQ(limited_by(run), "server-cpu");
}

// hammer on one core, the server on others: their sum says nothing of that core.
TEST(Busy, TheServersCoresAreNotHammers) {
  auto run = prefork();
  run.cpu.machine_cores = 8;
  run.environment.cpus = 1;
  run.cpu.server_cores = 7;
  EXPECT_EQ(find(diagnose(run), "machine-cpu"), nullptr);
  EXPECT_EQ(find(diagnose(run), "client-cpu"), nullptr);
}

// 20 ms of waiting, and a thread beside it that does something else.
Run spinning() {
  Run run = plain();
  run.environment.cpus = 2;
  run.tally.responses_by_status[200] = 23'900;
  set_latency(run, 20ms, 20'500us);
  run.tally.time_in_phase[index(Phase::wait)] = 495s;
  run.cpu.busy = run.cpu.busiest_thread = 0.1;
  run.cpu.machine_cores = 2;
  run.cpu.machine_busy = 1.2;
  run.cpu.servers = {{7, "python3", 1.05, 0.99, {}, {}}};
  return run;
}

TEST(Busy, AThreadThatSpinsBesideTheServerIsNotItsLimit) {
  auto run = spinning();
  EXPECT_EQ(limited_by(run), "server-latency");
  EXPECT_TRUE(server_has_room(facts_of(run)));
  EXPECT_FALSE(server_is_busy(facts_of(run)));
  set_latency(run, 1ms, 20ms);  // they stand in line
  EXPECT_EQ(limited_by(run), "server-cpu");
  // As many connections as workers: no line, and the time is that of the CPU.
  run = spinning();
  run.plan.connections = 4;
  run.tally.responses_by_status[200] = 8'000;
  set_latency(run, 4'900us, 5ms);
  run.cpu.servers = {{7, "python3", 0.99, 0.99, {}, {}},
                     {8, "python3", 0.99, 0.99, {}, {}},
                     {9, "python3", 0.99, 0.99, {}, {}},
                     {10, "python3", 0.99, 0.99, {}, {}}};
  run.cpu.server_cores = run.cpu.machine_cores = 8;
  EXPECT_EQ(limited_by(run), "server-cpu");
}

TEST(Busy, HogsThatCostNothingAreNoFinding) {
  auto run = plain();
  run.tally.responses_by_status[200] = 23'900;
  set_latency(run, 20ms, 20'500us);
  run.tally.time_in_phase[index(Phase::wait)] = 495s;
  run.cpu.busy = run.cpu.busiest_thread = 0.2;
  run.cpu.servers = {{7, "server", 0.3, 0.3, {}, {}, 0.01}};
  run.cpu.machine_cores = 2;
  run.cpu.machine_busy = 2;
  run.cpu.waiting = 0.01;
  EXPECT_EQ(limited_by(run), "server-latency");
  EXPECT_FALSE(machine_is_full(facts_of(run)));
  EXPECT_FALSE(client_is_full(facts_of(run)));
  EXPECT_TRUE(diagnose(run).verdict.latency_is_servers);
  // They do if each response has a tenth of its time to wait for a core, of hammer's or its own,
  run.cpu.waiting = 4.9;
  EXPECT_EQ(limited_by(run), "machine-cpu");
  run.cpu.waiting = 0.01;
  run.cpu.servers.front().waiting = 4.9;
  EXPECT_EQ(limited_by(run), "machine-cpu");
  // or if a thread has work or waits all the time, with many connections in line.
  run.cpu.servers.front().waiting = 0.6;
  EXPECT_EQ(limited_by(run), "machine-cpu");
  // Where the kernel does not tell it is a matter of how much they want.
  run.cpu.waiting.reset();
  EXPECT_EQ(limited_by(run), "machine-cpu");
  run.cpu.busy = run.cpu.servers.front().busy = 0.02;
  EXPECT_EQ(find(diagnose(run), "machine-cpu"), nullptr);
}

// The server waits for a core a third of the time, and all that waits for it is delayed.
TEST(Busy, AFullMachineShowsWhereSomeWereAnsweredFarFaster) {
  tws::Run run = plain();
  run.cpu.busy = 0.3;
  run.cpu.busiest_thread = 0.15;
  run.cpu.waiting = 0.1;
  run.cpu.machine_cores = 2;
  run.cpu.machine_busy = 2;
  run.cpu.servers = {{10, "nginx", 0.2, 0.2, {}, {}, 0.33}};
  set_latency(run, 40ms, 240ms);
  EXPECT_EQ(limited_by(run), "machine-cpu");
  set_latency(run, 200ms, 240ms);
  EXPECT_NE(limited_by(run), "machine-cpu");
}

// Others have the core that hammer runs on, and the machine has more.
TEST(Busy, HammerSharesItsCore) {
  tws::Run run = plain();
  run.cpu.busy = run.cpu.busiest_thread = 0.45;
  run.cpu.waiting = 0.45;
  run.cpu.machine_cores = 8;
  run.cpu.machine_busy = 1.2;
  run.cpu.servers = {{10, "nginx", 0.2, 0.2, {}, {}, 0.01}};
  EXPECT_EQ(limited_by(run), "machine-cpu");
  // With few connections a part of the time is enough.
  run.cpu.busy = run.cpu.busiest_thread = 0.16;
  run.cpu.waiting = 0.12;
  run.plan.connections = 1;
  EXPECT_EQ(limited_by(run), "machine-cpu");
  // With many it is nothing beside their time at the server.
  run.plan.connections = 50;
  EXPECT_NE(limited_by(run), "machine-cpu");
}

// Nobody is busy: the server's key is elsewhere, or there is a line.
TEST(Busy, HandshakesThatTakeTheTime) {
  tws::Run run = plain();
  run.cpu.busy = run.cpu.busiest_thread = 0.02;
  run.plan.requests_per_connection = 1;
  run.tally.handshakes_full = 1'000;
  for (int i = 0; i < 1000; ++i) run.tally.handshake.record(400ms);
  run.tally.time_in_phase[index(Phase::handshake)] = 400s;
  run.tally.time_in_phase[index(Phase::wait)] = 50s;
  const auto told = diagnose(run);
  EXPECT_EQ(told.verdict.limited_by, "tls-handshake");
  EXPECT_THAT(find(told, "tls-handshake")->headline, HasSubstr("80% of the connections' time"));
  EXPECT_THAT(find(told, "tls-handshake")->remedies.front().action, HasSubstr("keep connections"));
  run.tally.time_in_phase[index(Phase::handshake)] = 200s;
  EXPECT_NE(limited_by(run), "tls-handshake");
  run.tally.time_in_phase[index(Phase::handshake)] = 400s;
  run.cpu.busy = run.cpu.busiest_thread = 0.95;
  EXPECT_NE(limited_by(run), "tls-handshake");
}

TEST(Busy, AClientNearItsLimitIsWarned) {
  auto run = plain();
  run.cpu.busy = run.cpu.busiest_thread = 0.74;
  const auto diagnosis = diagnose(run);
  const auto* finding = find(diagnosis, "client-cpu");
  ASSERT_NE(finding, nullptr);
  EXPECT_EQ(finding->severity, Severity::warning);
  EXPECT_THAT(finding->headline, HasSubstr("near its own limit: its busiest thread of 1 used 74%"));
  EXPECT_EQ(finding->remedies.front().action, "-t 4");
  EXPECT_THAT(finding->remedies.front().effect, HasSubstr("between 100 and 400"));
}

TEST(Busy, AClientIsNotNearItsLimitWhereThreadsWouldNotHelp) {
  const auto warned = [](const auto& run) { return find(diagnose(run), "client-cpu") != nullptr; };
  auto run = plain();
  run.cpu.busy = run.cpu.busiest_thread = 0.69;
  EXPECT_FALSE(warned(run));
  run.cpu.busy = run.cpu.busiest_thread = 0.74;
  run.environment.cpus = 1;
  EXPECT_FALSE(warned(run));
  run.environment.cpus = 4;
  run.plan.connections = 1;
  EXPECT_FALSE(warned(run));
  run.plan.connections = 50;
  run.cpu.servers = {{1, "nginx", 0.97, 0.97, {}, {}}};
  EXPECT_FALSE(warned(run));
  EXPECT_EQ(limited_by(run), "server-cpu");
}

TEST(Busy, WhatCouldNotBeReadIsNotIdle) {
  auto run = plain();
  EXPECT_FALSE(server_cpu_known(facts_of(run)));
  EXPECT_FALSE(server_has_room(facts_of(run)));
  EXPECT_FALSE(server_is_busy(facts_of(run)));
  EXPECT_FALSE(machine_is_full(facts_of(run)));
  run.cpu.servers = {{1, "nginx", 0.1, 0.1, {}, {}}};
  EXPECT_TRUE(server_has_room(facts_of(run)));
  run.seconds = 0.1;
  EXPECT_FALSE(server_has_room(facts_of(run)));
}

CpuQuota quota(std::uint64_t periods, std::uint64_t throttled) {
  return {0.4, "/sys/fs/cgroup/cpu/small/cpu.cfs_quota_us", periods, throttled, 3.5};
}

TEST(Quota, OfHammer) {
  auto run = spinning();
  run.cpu.servers.front().busy = run.cpu.servers.front().busiest_thread = 0.1;
  EXPECT_EQ(limited_by(run), "server-latency");
  run.cpu.quota = quota(62, 61);
  const auto diagnosis = diagnose(run);
  EXPECT_EQ(diagnosis.verdict.limited_by, "client-quota");
  EXPECT_FALSE(diagnosis.verdict.valid || diagnosis.verdict.rate_is_servers ||
               diagnosis.verdict.latency_is_servers);
  EXPECT_EQ(find(diagnosis, "server-latency"), nullptr);
  const auto& finding = diagnosis.findings.front();
  EXPECT_THAT(finding.headline, HasSubstr("it may use 0.40 cores, and had to stop in 61 of 62"));
  EXPECT_EQ(finding.remedies.front().action,
            "echo -1 >/sys/fs/cgroup/cpu/small/cpu.cfs_quota_us (root)");
  EXPECT_TRUE(quota_bites(facts_of(run)));
}

TEST(Quota, OfTheServer) {
  auto run = spinning();
  run.cpu.servers.front().busy = run.cpu.servers.front().busiest_thread = 0.2;
  run.cpu.server_quota = quota(100, 98);
  run.cpu.server_quota->setting = "/sys/fs/cgroup/a/cpu.max";
  const auto diagnosis = diagnose(run);
  EXPECT_EQ(diagnosis.verdict.limited_by, "server-quota");
  EXPECT_TRUE(diagnosis.verdict.valid && diagnosis.verdict.rate_is_servers);
  EXPECT_THAT(diagnosis.verdict.sentence, HasSubstr("its maximum under a quota of 0.4 cores"));
  EXPECT_FALSE(server_has_room(facts_of(run)));
  EXPECT_THAT(diagnosis.findings.front().remedies.front().action, HasSubstr("echo max >"));
}

TEST(Quota, ThatHardlyBitesOrLimitsNothingIsNone) {
  auto run = spinning();
  run.cpu.servers.front().busy = run.cpu.servers.front().busiest_thread = 0.2;
  run.cpu.quota = run.cpu.server_quota = quota(100, 9);
  EXPECT_FALSE(quota_bites(facts_of(run)));
  EXPECT_EQ(limited_by(run), "server-latency");
  run.cpu.quota = run.cpu.server_quota = quota(2, 2);
  EXPECT_EQ(limited_by(run), "server-latency");
}

Run overflowing(std::optional<std::uint64_t> backlog) {
  Run run = plain();
  run.counters["TcpExt.ListenOverflows"] = 3;
  run.tally.time_in_phase[index(Phase::connect)] = 200s;
  run.limits.somaxconn = 4096;
  run.targets.front().listen_backlog = backlog;
  return run;
}

TEST(Backlog, ThatHasRoomForAllConnectionsWasNotFull) {
  EXPECT_EQ(find(diagnose(overflowing(2048)), "listen-queue"), nullptr);
  EXPECT_EQ(find(diagnose(overflowing(50)), "listen-queue"), nullptr);
  EXPECT_EQ(limited_by(overflowing(49)), "listen-queue");
  EXPECT_EQ(limited_by(overflowing({})), "listen-queue");
  // Connections that hammer gave up may be in the queue still.
  auto run = overflowing(50);
  run.tally.requests_failed[{Phase::wait, Cause::timeout}] = {9, 1s};
  EXPECT_EQ(limited_by(run), "listen-queue");
  // One of two targets was not seen.
  run = overflowing(2048);
  run.targets.push_back({"http://192.0.2.2:80/", "192.0.2.2:80", {}});
  EXPECT_EQ(limited_by(run), "listen-queue");
}

TEST(Backlog, IsNotAdvisedAsItIs) {
  const auto advised = [](const auto& run) {
    std::string text;
    const auto diagnosis = diagnose(run);
    for (const auto& remedy : find(diagnosis, "listen-queue")->remedies)
      text += remedy.action + "\n";
    return text;
  };
  EXPECT_THAT(advised(overflowing(5)), HasSubstr("a backlog of 50 in"));
  auto run = overflowing(128);
  run.plan.connections = 500;
  run.limits.somaxconn = 128;
  EXPECT_THAT(advised(run), AllOf(Not(HasSubstr("a backlog of 128")),
                                  HasSubstr("sysctl net.core.somaxconn=500")));
  run = overflowing(50);
  run.tally.requests_failed[{Phase::wait, Cause::timeout}] = {9, 1s};
  EXPECT_THAT(advised(run), AllOf(Not(HasSubstr("a backlog of")), HasSubstr("--timeout")));
}

}  // namespace
}  // namespace tws
