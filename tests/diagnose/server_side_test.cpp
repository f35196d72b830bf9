// What a server tells of itself (--server-admin) takes the place of what can be seen from here.
#include "diagnose/runs.hpp"

#include <gmock/gmock.h>

namespace tws {
namespace {

using namespace std::chrono_literals;
using namespace diagnosis;
using testing::HasSubstr;
using testing::Not;

Run told(bool on_this_machine = false) {
  Run run = plain();
  run.plan.server_admin = "http://192.0.2.1:9100/";
  run.server_side.emplace();
  run.server_side->on_this_machine = on_this_machine;
  run.server_side->machine_busy = 1.0;
  run.server_side->machine_cores = 4;
  run.cpu.servers = {{4711, "tws-server", 0.3, 0.3, 10, 1024}};
  run.cpu.busy = run.cpu.busiest_thread = 0.2;
  run.cpu.machine_busy = 0.3;
  run.cpu.machine_cores = 4;
  return run;
}

std::string text_of(const Finding& finding) {
  std::string text = finding.headline + "\n" + finding.why;
  for (const auto& evidence : finding.evidence)
    text += "\n" + evidence.what + ": " + evidence.value + " (" + evidence.source + ")";
  for (const auto& remedy : finding.remedies) text += "\n" + remedy.action + ": " + remedy.effect;
  return text;
}

TEST(ServerSide, ABusyThreadElsewhereIsTheServersCpu) {
  auto run = told();
  run.cpu.servers.front().busiest_thread = 0.97;
  const auto diagnosis = diagnose(run);
  EXPECT_EQ(diagnosis.verdict.limited_by, "server-cpu");
  const auto text = text_of(diagnosis.findings.front());
  EXPECT_THAT(text, HasSubstr("tws-server (pid 4711) used 97% of one core"));
  EXPECT_THAT(text, HasSubstr("97% (--server-admin)"));
  EXPECT_THAT(text, HasSubstr("everything on the server's machine: 1.00 cores of 4"));
}

TEST(ServerSide, AMachineThatOthersFillElsewhereLimitsTheServer) {
  auto run = told();
  EXPECT_NE(limited_by(run), "server-cpu");
  run.server_side->machine_busy = 3.9;
  const auto diagnosis = diagnose(run);
  EXPECT_EQ(diagnosis.verdict.limited_by, "server-cpu");
  EXPECT_THAT(diagnosis.findings.front().headline,
              HasSubstr("used 0.30 cores of the 3.90 cores that were busy there, of 4"));
  // The same machine is hammer's own, whose CPU is looked at already.
  run = told(true);
  run.server_side->machine_busy = 3.9;
  EXPECT_NE(limited_by(run), "server-cpu");
}

TEST(ServerSide, CpuElsewhereIsNoShareOfThisMachine) {
  // One core for hammer: with the server on this machine there would be none left.
  auto run = told();
  run.environment.cpus = 1;
  run.cpu.busy = run.cpu.busiest_thread = 0.5;
  run.cpu.servers.front().busy = run.cpu.servers.front().busiest_thread = 0.5;
  EXPECT_NE(limited_by(run), "machine-cpu");
  run.server_side->on_this_machine = true;
  EXPECT_EQ(limited_by(run), "machine-cpu");
}

TEST(ServerSide, AFullClientIsNotToldToMoveAwayFromAServerElsewhere) {
  auto run = told();
  run.cpu.busy = run.cpu.busiest_thread = 0.99;
  run.plan.threads = 1;
  const auto diagnosis = diagnose(run);
  ASSERT_NE(find(diagnosis, "client-cpu"), nullptr);
  const auto text = text_of(*find(diagnosis, "client-cpu"));
  EXPECT_THAT(text, Not(HasSubstr("run hammer on another machine")));
  EXPECT_THAT(text, HasSubstr("-t 4"));
}

TEST(ServerSide, AnAcceptQueueElsewhereIsNamed) {
  auto run = told();
  run.counters["TcpExt.TCPSynRetrans"] = 300;
  run.tally.time_in_phase[index(Phase::connect)] = 200s;
  EXPECT_EQ(limited_by(run), "listen-queue");
  EXPECT_FALSE(diagnose(run).verdict.valid);  // lost on the way: the server's queue had room
  EXPECT_THAT(text_of(diagnose(run).findings.front()),
              HasSubstr("The server's accept queue was never full"));
  run.server_side->counters["TcpExt.ListenOverflows"] = 250;
  run.server_side->somaxconn = 20;
  const auto diagnosis = diagnose(run);
  EXPECT_EQ(diagnosis.verdict.limited_by, "listen-queue");
  EXPECT_TRUE(diagnosis.verdict.valid);
  const auto text = text_of(diagnosis.findings.front());
  EXPECT_THAT(text, HasSubstr("its accept queue was full 250 times, and 300 SYNs were sent again"));
  EXPECT_THAT(text, HasSubstr("20 (--server-admin)"));
  EXPECT_THAT(text, HasSubstr("a backlog of 20"));
}

TEST(ServerSide, QueuesThatOverflowHereAreNotTheServers) {
  auto run = told();
  run.counters["TcpExt.ListenOverflows"] = 250;
  EXPECT_NE(limited_by(run), "listen-queue");
  run.server_side.reset();
  run.tally.time_in_phase[index(Phase::connect)] = 200s;
  EXPECT_EQ(limited_by(run), "listen-queue");
}

TEST(ServerSide, FilesThatRunOutElsewhereAreNamed) {
  auto run = told();
  run.cpu.servers.front().open_files = 1024;
  EXPECT_EQ(find(diagnose(run), "open-files"), nullptr);  // they were enough, just
  run.tally.in_flight.assign(10, {Phase::wait, 9s});
  const auto diagnosis = diagnose(run);
  EXPECT_EQ(diagnosis.verdict.limited_by, "open-files");
  EXPECT_THAT(text_of(diagnosis.findings.front()), HasSubstr("1,024 (--server-admin)"));
}

TEST(ServerSide, ATimeWaitTableThatIsFullThereIsANote) {
  auto run = told();
  EXPECT_EQ(find(diagnose(run), "time-wait-overflow"), nullptr);
  run.server_side->counters["TcpExt.TCPTimeWaitOverflow"] = 9;
  run.server_side->max_time_wait = 50;
  const auto diagnosis = diagnose(run);
  const auto* finding = find(diagnosis, "time-wait-overflow");
  ASSERT_NE(finding, nullptr);
  EXPECT_EQ(finding->severity, Severity::note);
  EXPECT_THAT(text_of(*finding), HasSubstr("full where the server is: 9 were closed without it"));
  EXPECT_THAT(text_of(*finding), HasSubstr("50 (--server-admin)"));
}

TEST(ServerSide, ThatIsNotAskedIsSaidToBeUnknown) {
  auto run = told();
  run.server_side.reset();
  run.cpu.servers.clear();
  run.tally.time_in_phase[index(Phase::wait)] = 495s;
  run.tally.latency.clear();
  for (int i = 0; i < 1000; ++i) run.tally.latency.record(500ms);
  const auto diagnosis = diagnose(run);
  EXPECT_EQ(diagnosis.verdict.limited_by, "server-latency");
  EXPECT_THAT(text_of(diagnosis.findings.front()), HasSubstr("CPU of the server: unknown"));
}

}  // namespace
}  // namespace tws
