// Runs made by hand, for what no machine here can show, and for what must not be said.
#include "tws/diagnose/diagnose.hpp"

#include "diagnose/runs.hpp"
#include "report/example_runs.hpp"

#include <gmock/gmock.h>

namespace tws {
namespace {

using namespace std::chrono_literals;
using namespace diagnosis;
using testing::HasSubstr;

// The article's: macOS 12, the server closes first, ports handed out in order.
Run article_on_macos() {
  Run run = plain();
  run.environment.os = "Darwin";
  run.plan.requests_per_connection = 1;
  run.limits.time_wait_seconds = 30;
  run.tally.attempts_started = 16408 + 50;
  run.tally.attempts_connected = 16408;
  for (int i = 0; i < 50; ++i) run.tally.in_flight.push_back({Phase::connect, 7s});
  run.tally.time_in_phase[index(Phase::connect)] = 360s;
  return run;
}

TEST(Diagnosis, TimeWaitCollisionOnMacos) {
  const auto diagnosis = diagnose(article_on_macos());
  EXPECT_EQ(diagnosis.verdict.limited_by, "time-wait-collision");
  EXPECT_FALSE(diagnosis.verdict.valid);
  EXPECT_THAT(diagnosis.findings.front().headline, HasSubstr("50 of 50 connections hung"));
}

TEST(Diagnosis, TimeWaitCollisionNotOnLinuxNotBeforeTheRangeIsThroughNotWithoutHanging) {
  auto run = article_on_macos();
  run.environment.os = "Linux";
  EXPECT_NE(limited_by(run), "time-wait-collision");
  run = article_on_macos();
  run.tally.attempts_connected = 9000;
  EXPECT_NE(limited_by(run), "time-wait-collision");
  run = article_on_macos();
  run.tally.in_flight.clear();
  EXPECT_NE(limited_by(run), "time-wait-collision");
}

// A second run begins where the first one ended: it need not go round once more.
TEST(Diagnosis, TimeWaitCollisionWithTheTimeWaitOfAnEarlierRun) {
  auto run = article_on_macos();
  run.tally.attempts_connected = 17;
  run.sockets_after.emplace();
  run.sockets_after->server[TcpState::TimeWait] = 28'232;
  EXPECT_EQ(limited_by(run), "time-wait-collision");
  run.sockets_after->server[TcpState::TimeWait] = 9000;
  EXPECT_NE(limited_by(run), "time-wait-collision");
}

TEST(Diagnosis, TimeWaitCollisionOnTheWay) {
  auto run = article_on_macos();
  run.tally.in_flight.clear();
  run.tally.connect.record(1s);
  const auto diagnosis = diagnose(run);
  EXPECT_EQ(diagnosis.verdict.limited_by, "time-wait-collision");
  EXPECT_THAT(diagnosis.findings.front().headline,
              HasSubstr("spent 72% of their time in connect()"));
  // What hangs is no server that answers one at a time, and its TIME_WAIT is not harmless.
  EXPECT_EQ(find(diagnosis, "server-sequential"), nullptr);
  EXPECT_EQ(find(diagnosis, "none"), nullptr);
  // Attempts that hammer gave up are of the same kind; others are not.
  run.tally.attempts_failed[Cause::timeout] = {500, 5s};
  EXPECT_EQ(limited_by(run), "time-wait-collision");
  run.tally.attempts_failed[ECONNREFUSED] = {500, 5s};
  EXPECT_NE(limited_by(run), "time-wait-collision");
  run.tally.attempts_failed.clear();
  run.tally.time_in_phase[index(Phase::connect)] = 60s;
  EXPECT_NE(limited_by(run), "time-wait-collision");
}

// No kernel was asked, so no file of one is named.
TEST(Diagnosis, ASimulatedRunNamesTheSimulation) {
  auto run = article_on_macos();
  run.sockets_after.emplace();
  run.sockets_after->source = CensusSource::Simulation;
  run.cpu.servers.push_back({0, "server", 0.9, 0.9, {}, {}});
  run.simulated = {"macOS 12", "hammer simulate", "", ""};
  for (const auto& finding : diagnose(run).findings)
    for (const auto& evidence : finding.evidence) {
      EXPECT_FALSE(evidence.source.empty());
      EXPECT_EQ(evidence.source.find("/proc"), std::string::npos) << evidence.source;
    }
}

TEST(Diagnosis, ConntrackIsFull) {
  auto run = plain();
  run.limits.conntrack_max = 262144;
  run.limits.conntrack_count = 262100;
  run.counters["TcpExt.TCPSynRetrans"] = 300;
  run.tally.time_in_phase[index(Phase::connect)] = 200s;
  const auto diagnosis = diagnose(run);
  EXPECT_EQ(diagnosis.verdict.limited_by, "conntrack");
  EXPECT_FALSE(diagnosis.verdict.valid);
  // 262,144 / 120 s, and four times as much.
  EXPECT_THAT(diagnosis.findings.front().remedies.front().effect,
              HasSubstr("8,738 connections per second for ever, instead of 2,184"));
}

TEST(Diagnosis, ConntrackIsNotNamedWithRoomOrUnknown) {
  auto run = plain();
  run.counters["TcpExt.TCPSynRetrans"] = 300;
  run.tally.time_in_phase[index(Phase::connect)] = 200s;
  EXPECT_EQ(find(diagnose(run), "conntrack"), nullptr);
  run.limits.conntrack_max = 262144;
  run.limits.conntrack_count = 1000;
  EXPECT_EQ(find(diagnose(run), "conntrack"), nullptr);
}

TEST(Diagnosis, HammerHasNoDescriptorsLeft) {
  auto run = plain();
  run.tally.attempts_failed[EMFILE] = {900, 1ms};
  run.tally.time_in_phase[index(Phase::backoff)] = 200s;
  const auto diagnosis = diagnose(run);
  EXPECT_EQ(diagnosis.verdict.limited_by, "open-files");
  EXPECT_FALSE(diagnosis.verdict.valid);
  EXPECT_THAT(diagnosis.findings.front().remedies.front().action, HasSubstr("ulimit -n"));
}

TEST(Diagnosis, AFewFailuresAreAWarningAndNoLimit) {
  auto run = plain();
  run.tally.attempts_failed[EADDRNOTAVAIL] = {3, 1ms};
  run.plan.requests_per_connection = 1;
  run.plan.close_by = CloseBy::client;
  const auto diagnosis = diagnose(run);
  ASSERT_NE(find(diagnosis, "ephemeral-ports"), nullptr);
  EXPECT_EQ(find(diagnosis, "ephemeral-ports")->severity, Severity::warning);
  EXPECT_NE(diagnosis.verdict.limited_by, "ephemeral-ports");
}

TEST(Diagnosis, ClientCpuBeforeServerCpu) {
  auto run = plain();
  run.cpu.busy = 0.97;
  run.cpu.servers = {{1, "nginx", 0.5, 0.5, {}, {}}};
  EXPECT_EQ(limited_by(run), "client-cpu");
  run.cpu.busy = 0.5;
  run.cpu.servers = {{1, "nginx", 0.99, 0.99, {}, {}}};
  EXPECT_EQ(limited_by(run), "server-cpu");
  run.cpu.servers = {{1, "nginx", 0.7, 0.7, {}, {}}};
  EXPECT_EQ(limited_by(run), "none");
}

// Both had little CPU because others took it: neither idle nor slow.
TEST(Diagnosis, AMachineThatOthersFillIsNotASlowServer) {
  auto run = plain();
  run.cpu.busy = run.cpu.busiest_thread = 0.3;
  run.cpu.servers = {{1, "nginx", 0.3, 0.3, {}, {}}};
  run.tally.responses_by_status[200] = 500'000;
  run.tally.time_in_phase[index(Phase::wait)] = 495s;
  run.cpu.machine_cores = 2;
  run.cpu.machine_busy = 0.7;
  EXPECT_EQ(limited_by(run), "server-latency");
  run.cpu.machine_busy = 1.95;
  EXPECT_EQ(limited_by(run), "machine-cpu");
}

TEST(Diagnosis, ARateThatIsKeptIsThePlans) {
  const auto diagnosis = diagnose(examples::rate_kept());
  EXPECT_EQ(diagnosis.verdict.limited_by, "rate");
  EXPECT_TRUE(diagnosis.verdict.valid);
  // Not without a rate, not where others are in the way, not where requests found no connection.
  auto run = examples::rate_kept();
  run.plan.rate.reset();
  EXPECT_EQ(find(diagnose(run), "rate"), nullptr);
  run = examples::rate_kept();
  run.tally.responses_by_status[200] /= 2;
  EXPECT_NE(limited_by(run), "rate");
  run = examples::rate_kept();
  run.tally.begun_late = 1000;
  EXPECT_NE(limited_by(run), "rate");
}

TEST(Diagnosis, ARateThatIsMissedSaysHowManyConnectionsItTakes) {
  const auto diagnosis = diagnose(examples::rate_missed());
  EXPECT_EQ(diagnosis.verdict.limited_by, "server-latency");
  const auto* finding = find(diagnosis, "rate");
  ASSERT_NE(finding, nullptr);
  EXPECT_EQ(finding->severity, Severity::warning);
  EXPECT_EQ(finding->remedies.front().action, "-c 101");  // 1,000/s x 100.5 ms
}

TEST(Diagnosis, RemediesAreOnlyThoseThatThisTargetCanUse) {
  auto run = plain();
  run.plan.requests_per_connection = 1;
  run.plan.close_by = CloseBy::client;
  run.limits.reuse = TimeWaitReuse::Off;
  run.tally.attempts_failed[EADDRNOTAVAIL] = {900, 1ms};
  run.tally.time_in_phase[index(Phase::backoff)] = 200s;
  const auto offered = [&](std::string_view words) {
    const auto diagnosis = diagnose(run);
    for (const auto& remedy : diagnosis.findings.front().remedies)
      if (remedy.action.find(words) != std::string::npos) return true;
    return false;
  };
  EXPECT_TRUE(offered("tcp_tw_reuse=1"));
  EXPECT_FALSE(offered("--source"));  // 127.0.0.2 does not reach another machine
  run.limits.timestamps = false;
  EXPECT_FALSE(offered("tcp_tw_reuse=1"));  // nothing is reused without them
  run.limits.timestamps = true;
  run.limits.reuse = TimeWaitReuse::On;
  EXPECT_FALSE(offered("tcp_tw_reuse=1"));  // it is on
  EXPECT_TRUE(offered("ip_local_port_range"));
  run.limits.ports = PortRange{1024, 65535};
  EXPECT_FALSE(offered("ip_local_port_range"));  // as wide as it gets
  run.environment.os = "Darwin";
  EXPECT_FALSE(offered("--close-by server"));  // worse than useless there, up to macOS 14
}

// As many as the eye takes in, each on a line of the report.
TEST(Diagnosis, EvidenceIsThereAndShort) {
  auto all = examples::all();
  all.push_back({"macos", article_on_macos()});
  all.push_back({"ports", out_of_ports()});
  all.push_back({"search", searching()});
  all.push_back({"reuse", reusing()});
  all.push_back({"not kept", not_kept()});
  for (const auto& [name, run] : all) {
    const auto diagnosis = diagnose(run);
    EXPECT_FALSE(diagnosis.verdict.sentence.empty()) << name;
    for (const auto& finding : diagnosis.findings) {
      EXPECT_FALSE(finding.evidence.empty()) << name << ' ' << finding.id;
      EXPECT_LE(finding.evidence.size(), 5u) << name << ' ' << finding.id;
      for (const auto& [what, value, source] : finding.evidence) {
        EXPECT_FALSE(value.empty()) << name << ' ' << finding.id << ' ' << what;
        const auto line = "    - " + what + ": " + value + " (" + source + ")";
        EXPECT_LE(line.size(), 80u) << name << ' ' << finding.id << ' ' << line;
      }
    }
  }
}

TEST(Diagnosis, OfNothingIsThatNothingWasMeasured) {
  const auto diagnosis = diagnose(examples::nothing());
  EXPECT_EQ(diagnosis.verdict.limited_by, "none");
  EXPECT_FALSE(diagnosis.verdict.valid);
}

}  // namespace
}  // namespace tws
