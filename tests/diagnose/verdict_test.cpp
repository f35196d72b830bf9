// What the verdict says of the numbers, and what it must not say.
#include "diagnose/runs.hpp"
#include "report/example_runs.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cerrno>

namespace tws {
namespace {

using namespace diagnosis;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// A server that takes 50 ms, with 50 connections.
Run slow_server() {
  Run run = plain();
  run.cpu.busy = run.cpu.busiest_thread = 0.1;
  run.tally.latency.clear();
  run.tally.responses_by_status[200] = 10'000;
  for (int i = 0; i < 10'000; ++i) run.tally.latency.record(50ms);
  run.tally.time_in_phase[index(Phase::wait)] = 499s;
  return run;
}

struct Worth {
  bool valid, rate, latency;
  bool operator==(const Worth&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Worth& worth) {
  return out << worth.valid << worth.rate << worth.latency;
}
Worth worth(const Run& run) {
  const auto verdict = diagnose(run).verdict;
  return {verdict.valid, verdict.rate_is_servers, verdict.latency_is_servers};
}

std::string sentence(const Run& run) {
  return diagnose(run).verdict.sentence;
}

TEST(Verdict, ASlowServersLatencyIsItsOwnAndItsRateIsNoMaximum) {
  EXPECT_EQ(limited_by(slow_server()), "server-latency");
  EXPECT_EQ(worth(slow_server()), (Worth{true, true, true}));
  EXPECT_THAT(sentence(slow_server()),
              HasSubstr("The latency of 50.0 ms is that of the server and of the way to it. The "
                        "rate of 1,000/s is 50 connections / 50.0 ms, which need not be the "
                        "server's maximum."));
}

TEST(Verdict, WithAProxyItIsAboutThat) {
  auto run = slow_server();
  EXPECT_THAT(sentence(run), Not(HasSubstr("proxy")));
  run.plan.proxy = "http://me:secret@proxy:3128";
  EXPECT_THAT(sentence(run), AllOf(HasSubstr("hammer connects to the proxy at 192.0.2.1:80: ports"),
                                   Not(HasSubstr("secret"))));
}

TEST(Verdict, WithoutPortsTheRateIsNotTheServersButTheLatencyIs) {
  EXPECT_EQ(worth(out_of_ports()), (Worth{false, false, true}));
  EXPECT_THAT(sentence(out_of_ports()),
              AllOf(HasSubstr("Limited by the client's source ports (ephemeral-ports)."),
                    HasSubstr("hammer made 8,192/s while ports lasted (2.00 s)."),
                    HasSubstr("The latency of what was answered is the server's.")));
}

TEST(Verdict, WithoutPortsAndCpuNeitherIsTheServers) {
  auto run = out_of_ports();
  // 2 s of work, all of it before the ports were gone: little for the run and all for that time.
  run.cpu.busy = run.cpu.busiest_thread = 0.2;
  EXPECT_EQ(worth(run), (Worth{false, false, false}));
  EXPECT_THAT(sentence(run),
              HasSubstr("The latency is not the server's: hammer had no CPU to spare."));
  // Unless it was the failing calls of connect() that took it, later.
  run.tally.time_in_connect_call = 1500ms;
  EXPECT_EQ(worth(run), (Worth{false, false, true}));
}

TEST(Verdict, ASearchForPortsIsInTheLatency) {
  EXPECT_EQ(limited_by(searching()), "port-search");
  EXPECT_EQ(worth(searching()), (Worth{false, false, false}));
  auto run = out_of_ports();
  run.plan.port_range.reset();
  run.tally.connect.clear();
  for (int i = 0; i < 16'384; ++i) run.tally.connect.record(50us);
  run.tally.time_in_connect_call = 820ms;  // of 2 s
  EXPECT_EQ(limited_by(run), "ephemeral-ports");
  EXPECT_THAT(sentence(run),
              HasSubstr("The latency is not the server's: it includes the kernel's search"));
  run.tally.time_in_connect_call = 82ms;
  EXPECT_TRUE(worth(run).latency);
}

TEST(Verdict, AClientWithoutCpuMeasuresNothingOfTheServer) {
  auto run = slow_server();
  run.cpu.busy = run.cpu.busiest_thread = 0.97;
  EXPECT_EQ(limited_by(run), "client-cpu");
  EXPECT_EQ(worth(run), (Worth{false, false, false}));
  EXPECT_THAT(sentence(run), HasSubstr("it might answer more, and sooner"));
  // Nor does it show what the server can do where both are busy.
  run.cpu.servers = {{1, "nginx", 0.95, 0.95, {}, {}}};
  EXPECT_EQ(limited_by(run), "client-cpu");
  EXPECT_THAT(sentence(run), AllOf(HasSubstr("both ends had no CPU to spare"),
                                   Not(HasSubstr("might answer more"))));
}

TEST(Verdict, OfServersFilesIsAboutTheServerAndOfOwnFilesIsNot) {
  auto run = slow_server();
  run.cpu.servers = {{1, "nginx", 0.1, 0.1, 40, 40}};
  EXPECT_NE(limited_by(run), "open-files");  // all were served
  run.tally.in_flight.assign(10, {Phase::wait, 9s});
  EXPECT_EQ(limited_by(run), "open-files");
  // A fifth of the load did not get through.
  EXPECT_EQ(worth(run), (Worth{false, false, true}));
  run = slow_server();
  run.tally.attempts_failed[EMFILE] = {900, 1ms};
  run.tally.time_in_phase[index(Phase::backoff)] = 200s;
  EXPECT_EQ(worth(run), (Worth{false, false, true}));
  EXPECT_THAT(sentence(run), HasSubstr("hammer's file descriptors (open-files)"));
}

TEST(Verdict, PortsThatComeBackSoonHaveTheirArithmetic) {
  EXPECT_EQ(limited_by(reusing()), "time-wait-reuse");
  EXPECT_THAT(sentence(reusing()),
              AllOf(HasSubstr("16,384 ports / 1.00 s make 16,384/s"),
                    HasSubstr("hammer made 20,480/s while ports lasted (800 ms)")));
}

TEST(Verdict, WhilePortsLastedIsCountedOverTimeWherePortsCameBack) {
  auto run = reusing();
  run.tally.attempts_failed[EADDRNOTAVAIL] = {500, 2s};
  for (int i = 1; i <= 100; ++i) {
    Sample sample;
    sample.t = i / 10.0;
    sample.requests = 1'500;
    run.timeline.push_back(sample);
  }
  EXPECT_THAT(diagnose(run).findings.front().headline,
              HasSubstr("After 30,000 connections in 2.00 s (15,000/s)"));
}

TEST(Verdict, ThrownAwayTimeWaitFlattersAndLimitsNothing) {
  auto run = slow_server();
  run.plan.requests_per_connection = 1;
  run.plan.close_by = CloseBy::client;
  run.limits.max_time_wait = 50;
  run.counters["TcpExt.TCPTimeWaitOverflow"] = 20'000;
  run.tally.attempts_started = run.tally.attempts_connected = 20'000;
  const auto diagnosis = diagnose(run);
  EXPECT_EQ(diagnosis.verdict.limited_by, "server-latency");
  EXPECT_EQ(worth(run), (Worth{false, false, true}));
  EXPECT_THAT(diagnosis.verdict.sentence,
              AllOf(HasSubstr("The rate is flattered by a full TIME_WAIT table"),
                    HasSubstr("allow such a run 16,384 connections")));
  const auto* finding = find(diagnosis, "time-wait-overflow");
  ASSERT_NE(finding, nullptr);
  EXPECT_EQ(finding->severity, Severity::warning);
  EXPECT_THAT(finding->headline, HasSubstr("looks better than it should"));
  EXPECT_THAT(finding->remedies.back().action, HasSubstr("tcp_max_tw_buckets=32768"));
  EXPECT_THAT(finding->remedies.back().effect, HasSubstr("tcp_max_tw_buckets=50 undoes it"));
}

TEST(Verdict, NothingIsFlatteredWithinTheCeilingOrWithoutOne) {
  auto run = slow_server();
  run.plan.requests_per_connection = 1;
  run.plan.close_by = CloseBy::client;
  run.counters["TcpExt.TCPTimeWaitOverflow"] = 5'000;
  run.tally.attempts_connected = 10'000;
  EXPECT_THAT(sentence(run), Not(HasSubstr("flattered")));
  EXPECT_TRUE(worth(run).valid);
  auto diagnosis = diagnose(run);
  EXPECT_EQ(find(diagnosis, "time-wait-overflow")->severity, Severity::warning);
  run.plan.close_by = CloseBy::server;
  run.tally.attempts_connected = 20'000;
  EXPECT_THAT(sentence(run), Not(HasSubstr("flattered")));
  diagnosis = diagnose(run);
  EXPECT_EQ(find(diagnosis, "time-wait-overflow")->severity, Severity::note);
}

TEST(Verdict, SaysWhereARunIsTooShortToTrust) {
  auto run = slow_server();
  run.seconds = 0.9;
  run.tally.responses_by_status[200] = 900;
  EXPECT_THAT(sentence(run), HasSubstr("900 ms are too short to rely on"));
  run.seconds = 10;
  EXPECT_THAT(sentence(run), Not(HasSubstr("to rely on")));
  run.tally.responses_by_status[200] = 99;
  EXPECT_THAT(sentence(run), HasSubstr("99 responses are too few to rely on"));
  run.tally.responses_by_status[200] = 1;
  EXPECT_THAT(sentence(run), HasSubstr("1 response is too few to rely on"));
}

TEST(Verdict, ARunByNumberMayBeAsShortAsItsResponsesArePlenty) {
  auto run = slow_server();
  run.plan.duration.reset();
  run.plan.requests = 10'000;
  run.seconds = 0.9;
  EXPECT_THAT(sentence(run), Not(HasSubstr("to rely on")));
  run.plan.requests = run.tally.responses_by_status[200] = 200;
  EXPECT_THAT(sentence(run), HasSubstr("900 ms are too short to rely on"));
  // So short that nobody's CPU time is known.
  run.seconds = 0.1;
  EXPECT_THAT(sentence(run), HasSubstr("100 ms are too short to see who was busy"));
}

// A handshake of TLS keeps a port longer.
TEST(Verdict, APortIsInUseWhileItsConnectionIsOpen) {
  auto run = reusing();
  run.tally.time_in_phase[index(Phase::handshake)] =
      60ms * static_cast<std::int64_t>(run.tally.attempts_connected);
  EXPECT_THAT(sentence(run), HasSubstr("16,384 ports / 1.06 s make 15,4"));
}

TEST(Verdict, RemediesAreHeldAgainstTheRunsNeed) {
  auto run = out_of_ports();
  run.targets = {{"http://127.0.0.1:80/", "127.0.0.1:80", {}}};
  run.limits.ports = PortRange{32768, 65535};
  run.limits.usable_ports = 32'768;
  const auto remedies = [&] { return diagnose(run).findings.front().remedies; };
  const auto effect = [&](std::string_view action) -> std::string {
    for (const auto& remedy : remedies())
      if (remedy.action.starts_with(action)) return remedy.effect;
    return "not offered";
  };
  // 8,192/s for 10 s.
  EXPECT_EQ(
      effect("leave out --port-range"),
      "about 10,023 connections in this run, as the kernel searches once half of the free ports "
      "are used, not enough for the ~82,000 that it could make");
  EXPECT_EQ(effect("--source 127.1.0.0/29"),
            "6 addresses, up to 98,304 connections in this run, enough for the ~82,000 that it "
            "could make");
  EXPECT_THAT(effect("sysctl net.ipv4.tcp_tw_reuse=1"),
              AllOf(HasSubstr("up to 16,384 connections per second, enough for the ~82,000"),
                    HasSubstr("; sysctl net.ipv4.tcp_tw_reuse=0 undoes it")));
  // It changes nothing for a part of the range.
  EXPECT_EQ(effect("sysctl net.ipv4.ip_local_port_range"), "not offered");
  std::vector<int> ranks;
  for (const auto& remedy : remedies())
    ranks.push_back(remedy.effect.find("no ceiling") != std::string::npos   ? 0
                    : remedy.effect.find("not enough") != std::string::npos ? 2
                                                                            : 1);
  EXPECT_TRUE(std::is_sorted(ranks.begin(), ranks.end()));
  EXPECT_EQ(ranks.back(), 2);

  run.tally.attempts_failed[EADDRNOTAVAIL].first = 8s;
  EXPECT_EQ(
      effect("--source 127.1.0.0/30"),
      "2 addresses, up to 32,768 connections in this run, enough for the ~20,000 that it could "
      "make");
  run.plan.duration.reset();
  run.plan.requests = 30'000;
  EXPECT_THAT(effect("--source 127.1.0.0/30"),
              HasSubstr("enough for the 30,000 that were asked for"));
}

TEST(Verdict, TheNeedIsThatOfARunWithoutTheSearch) {
  // 1,024 in the best tenth of a second, not the 1,555/s that it came to.
  EXPECT_THAT(diagnose(searching()).findings.front().remedies.back().effect,
              HasSubstr("enough for the ~100,000 that it could make"));
}

TEST(Verdict, ASearchBeforePortsRanOutDoesNotRepeatTheirRemedies) {
  const auto alone = diagnose(searching());
  EXPECT_GT(find(alone, "port-search")->remedies.size(), 1u);
  auto run = searching();
  run.tally.attempts_failed[EADDRNOTAVAIL] = {2'000, 9s};
  run.tally.time_in_phase[index(Phase::backoff)] = 100s;
  const auto diagnosis = diagnose(run);
  EXPECT_EQ(diagnosis.verdict.limited_by, "ephemeral-ports");
  const auto* search = find(diagnosis, "port-search");
  ASSERT_NE(search, nullptr);
  ASSERT_EQ(search->remedies.size(), 1u);
  EXPECT_EQ(search->remedies.front().action, "--port-range 49152-65535");
}

const Evidence* port_steps(const Finding& finding) {
  for (const Evidence& one : finding.evidence)
    if (one.what == "net.ipv4.ip_local_port_step_width") return &one;
  return nullptr;
}

TEST(Verdict, ASearchInRandomStepsIsNamed) {
  auto run = searching();
  run.limits.port_step_width = 30'000;
  const auto diagnosis = diagnose(run);
  const auto* search = find(diagnosis, "port-search");
  ASSERT_NE(search, nullptr);
  EXPECT_THAT(search->why, HasSubstr("ip_local_port_step_width"));
  ASSERT_NE(port_steps(*search), nullptr);
  EXPECT_EQ(port_steps(*search)->value, "30,000");
  EXPECT_EQ(port_steps(*search)->source, "/proc/sys/net/ipv4/ip_local_port_step_width");
  for (const Remedy& remedy : search->remedies)
    EXPECT_THAT(remedy.effect, Not(HasSubstr("steps of one")));
}

TEST(Verdict, ASearchWithoutThemOrWhereNobodyKnowsIsNot) {
  for (const auto width : {std::optional<std::uint64_t>(0), std::optional<std::uint64_t>()}) {
    auto run = searching();
    run.limits.port_step_width = width;
    const auto diagnosis = diagnose(run);
    const auto* search = find(diagnosis, "port-search");
    ASSERT_NE(search, nullptr);
    EXPECT_THAT(search->why, Not(HasSubstr("step_width")));
    EXPECT_EQ(port_steps(*search), nullptr);
  }
}

TEST(Verdict, ARangeSaysHowToUndoIt) {
  EXPECT_THAT(diagnose(searching()).findings.front().remedies.back().effect,
              HasSubstr("sysctl net.ipv4.ip_local_port_range='49152 65535' undoes it"));
}

TEST(Verdict, MoreAtOnceThanPortsNeedsPortsAndNoOtherWayToClose) {
  auto run = out_of_ports();
  run.plan.requests_per_connection.reset();
  run.plan.connections = 20'000;
  run.limits.ports = PortRange{32768, 65535};
  run.limits.usable_ports = 32'768;
  run.tally.time_in_phase[index(Phase::backoff)] = 100'000s;
  const auto finding = diagnose(run).findings.front();
  EXPECT_EQ(finding.id, "ephemeral-ports");
  EXPECT_THAT(finding.headline, HasSubstr("20,000 connections at once need more source ports"));
  // Hammer is idle over the run, however busy it was until the ports were gone.
  run.cpu.busy = run.cpu.busiest_thread = 0.5;
  run.tally.peak_open = 16'384;
  EXPECT_EQ(worth(run), (Worth{false, false, true}));
  EXPECT_THAT(sentence(run), HasSubstr("The rate is that of 16,384 connections, not of 20,000."));
  ASSERT_EQ(finding.remedies.size(), 2u);
  EXPECT_EQ(finding.remedies[0].action, "-c 16384");
  EXPECT_EQ(finding.remedies[1].effect, "32,768 ports, enough for 20,000 connections at once");
}

TEST(Verdict, ARateThatIsKeptIsThePlansAndItsLatencyTheServers) {
  EXPECT_EQ(worth(examples::rate_kept()), (Worth{true, false, true}));
  EXPECT_THAT(sentence(examples::rate_kept()),
              HasSubstr("Limited by the rate that was asked for (rate). The rate is the plan's."));
}

TEST(Verdict, ARateThatIsMissedIsInTheLatency) {
  EXPECT_EQ(worth(examples::rate_missed()), (Worth{true, true, false}));
  EXPECT_THAT(sentence(examples::rate_missed()),
              HasSubstr("The latency is not the server's: it includes waiting for a free "
                        "connection"));
}

TEST(Verdict, WithARateTheNeedIsWhatItAsksFor) {
  auto run = out_of_ports();
  run.plan.rate = 3'000;
  run.tally.never_begun = 10'000;
  for (int i = 0; i < 20'000; ++i) run.tally.begin_delay.record(1ms);
  const auto diagnosis = diagnose(run);
  for (const auto& remedy : diagnosis.findings.front().remedies)
    if (remedy.action.starts_with("sysctl net.ipv4.tcp_tw_reuse")) {
      EXPECT_THAT(remedy.effect, HasSubstr("enough for the 30,000 that were asked for"));
      return;
    }
  FAIL();
}

TEST(Verdict, AServerThatDoesNotKeepConnectionsIsNamed) {
  const auto diagnosis = diagnose(not_kept());
  EXPECT_TRUE(diagnosis.verdict.valid);
  const auto* finding = find(diagnosis, "connections-not-kept");
  ASSERT_NE(finding, nullptr);
  EXPECT_EQ(finding->severity, Severity::warning);
  EXPECT_THAT(finding->headline, HasSubstr("1,000 were opened where 50 were asked for, and each "
                                           "had 1.0 responses"));
  EXPECT_THAT(finding->remedies.front().action, HasSubstr("keepalive_timeout"));
  // Each had two, of the hundred that were asked for.
  auto run = not_kept();
  run.plan.requests_per_connection = 100;
  run.tally.responses_by_status[200] = 2'000;
  EXPECT_NE(find(diagnose(run), "connections-not-kept"), nullptr);
}

TEST(Verdict, AServerThatKeepsThemOrIsNotAskedToIsNot) {
  EXPECT_EQ(find(diagnose(plain()), "connections-not-kept"), nullptr);
  auto run = not_kept();
  run.plan.requests_per_connection = 1;
  EXPECT_EQ(find(diagnose(run), "connections-not-kept"), nullptr);
  run.plan.requests_per_connection = 2;
  run.tally.responses_by_status[200] = 2'000;  // as planned
  EXPECT_EQ(find(diagnose(run), "connections-not-kept"), nullptr);
  // nginx ends each after a thousand requests.
  run = not_kept();
  run.tally.responses_by_status[200] = 1'000'000;
  EXPECT_EQ(find(diagnose(run), "connections-not-kept"), nullptr);
  // They ended because requests failed.
  run = not_kept();
  run.tally.requests_failed[{Phase::wait, Cause::timeout}] = {500, 1s};
  EXPECT_EQ(find(diagnose(run), "connections-not-kept"), nullptr);
}

TEST(Verdict, AMachineFullOfOthersIsToldFromABusyClient) {
  auto run = slow_server();
  run.cpu.machine_cores = 2;
  run.cpu.machine_busy = 1.95;
  const auto diagnosis = diagnose(run);
  const auto* finding = find(diagnosis, "machine-cpu");
  ASSERT_NE(finding, nullptr);
  EXPECT_THAT(finding->headline, HasSubstr("other programs 1.85 cores"));
  EXPECT_EQ(finding->remedies.front().action, "end what else runs on this machine");
  EXPECT_THAT(diagnosis.verdict.sentence,
              HasSubstr("Limited by other programs on hammer's machine (machine-cpu)."));
  run.cpu.busy = run.cpu.busiest_thread = 0.97;
  EXPECT_THAT(sentence(run), HasSubstr("Limited by the client's CPU (client-cpu)."));
}

TEST(Verdict, WhereNothingConnectedNobodysCpuMatters) {
  auto run = plain();
  run.tally = Tally();
  run.tally.attempts_started = 800;
  run.tally.attempts_failed[ECONNREFUSED] = {800, 1ms};
  run.cpu.machine_cores = 2;
  run.cpu.machine_busy = 1.95;
  EXPECT_EQ(find(diagnose(run), "client-cpu"), nullptr);
  EXPECT_EQ(worth(run), (Worth{false, false, false}));
  EXPECT_EQ(sentence(run),
            "Nothing was measured: nothing could connect to the server (unreachable).");
}

// The words and the values must not differ.
TEST(Verdict, ALatencyThatABusyMachineSpoilsIsNotCalledTheServers) {
  auto run = slow_server();
  run.cpu.servers = {{1, "nginx", 0.1, 0.1, 40, 40}};
  run.cpu.machine_cores = 2;
  run.cpu.machine_busy = 1.95;
  run.tally.in_flight.assign(10, {Phase::wait, 9s});
  EXPECT_EQ(limited_by(run), "open-files");
  EXPECT_EQ(worth(run), (Worth{false, false, false}));
  EXPECT_THAT(sentence(run), AllOf(HasSubstr("The latency is not the server's: hammer's machine"),
                                   Not(HasSubstr("So is the latency"))));
}

}  // namespace
}  // namespace tws
