// How the server answers, with and without trials, and what the way to it takes.
#include "diagnose/runs.hpp"
#include "tws/diagnose/trials.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace tws {
namespace {

using namespace diagnosis;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// 50 connections that only wait, on loopback; nobody is busy.
Run waiting(std::chrono::milliseconds each, std::chrono::milliseconds fastest) {
  tws::Run run = plain();
  run.targets = {{"http://127.0.0.1:80/", "127.0.0.1:80", {}}};
  run.cpu.busy = run.cpu.busiest_thread = 0.05;
  run.cpu.servers = {{1, "gunicorn", 0.1, 0.1, {}, {}}};
  const auto responses = 500s / each;
  run.tally.responses_by_status[200] = static_cast<std::uint64_t>(responses);
  run.tally.latency.clear();
  run.tally.latency.record(fastest);
  for (int i = 1; i < responses; ++i) run.tally.latency.record(each);
  run.tally.first_byte = run.tally.latency;
  run.tally.time_in_phase[index(Phase::wait)] = 499s;
  return run;
}

void tried(Run& run, std::uint32_t connections, double rate) {
  run.trials.push_back({fmt::format("-c {}", connections), connections, 1, rate, 1, 0.1});
}

TEST(Service, ALineIsPossibleWithoutTrialsAndNothingIsPromised) {
  const auto diagnosis = diagnose(waiting(250ms, 20ms));
  EXPECT_EQ(diagnosis.verdict.limited_by, "fixed-concurrency");
  const Finding& finding = diagnosis.findings.front();
  EXPECT_EQ(finding.certainty, Certainty::possible);
  EXPECT_EQ(finding.remedies.front().action, "--prove");
  EXPECT_THAT(finding.why, HasSubstr("If they differ"));
}

TEST(Service, WhereAllTakeAlikeItIsTheServersLatency) {
  const auto diagnosis = diagnose(waiting(20ms, 19ms));
  EXPECT_EQ(diagnosis.verdict.limited_by, "server-latency");
  EXPECT_THAT(diagnosis.findings.front().remedies.front().effect, HasSubstr("up to 5,000"));
}

TEST(Service, WhereTheyDifferSomewhatTheEffectIsARange) {
  const auto diagnosis = diagnose(waiting(40ms, 20ms));
  EXPECT_THAT(diagnosis.findings.front().remedies.front().effect,
              HasSubstr("between 1,250 and 2,500"));
}

TEST(Service, TrialsSettleIt) {
  auto run = waiting(250ms, 20ms);  // 200 per second
  tried(run, 100, 201);
  tried(run, 25, 199);
  tried(run, 1, 50);
  auto diagnosis = diagnose(run);
  EXPECT_EQ(diagnosis.verdict.limited_by, "fixed-concurrency");
  EXPECT_EQ(diagnosis.findings.front().certainty, Certainty::measured);
  EXPECT_THAT(diagnosis.findings.front().headline, HasSubstr("about 4 are served at a time"));

  run.trials.clear();
  tried(run, 100, 201);
  tried(run, 25, 199);
  tried(run, 1, 195);
  EXPECT_EQ(limited_by(run), "server-sequential");

  run.trials.clear();
  tried(run, 100, 400);
  diagnosis = diagnose(run);
  EXPECT_EQ(diagnosis.verdict.limited_by, "server-latency");
  EXPECT_EQ(diagnosis.findings.front().certainty, Certainty::measured);
  EXPECT_THAT(diagnosis.findings.front().remedies.front().effect, HasSubstr("400 responses"));
}

TEST(Service, APoolAsLargeAsTheRunIsFull) {
  auto run = waiting(250ms, 240ms);
  tried(run, 100, 205);
  tried(run, 25, 100);
  tried(run, 1, 4);
  EXPECT_EQ(limited_by(run), "fixed-concurrency");
  EXPECT_THAT(diagnose(run).findings.front().headline, HasSubstr("about 50 are served at a time"));
}

TEST(Service, WhatGetsWorseWithConnectionsIsNotALine) {
  auto run = waiting(250ms, 20ms);
  tried(run, 100, 100);
  tried(run, 25, 400);
  tried(run, 1, 210);
  const auto diagnosis = diagnose(run);
  EXPECT_EQ(diagnosis.verdict.limited_by, "fixed-concurrency");
  EXPECT_THAT(diagnosis.findings.front().headline, HasSubstr("More connections do harm"));
  EXPECT_THAT(diagnosis.verdict.sentence, HasSubstr("200 to 400/s is its maximum"));
  EXPECT_EQ(diagnosis.findings.front().remedies.front().action, "-c 25");
}

TEST(Service, TrialsThatContradictTheRunSettleNothing) {
  auto run = waiting(250ms, 20ms);
  tried(run, 100, 800);  // it was faster after the run, with more of them and with fewer
  tried(run, 25, 900);
  EXPECT_EQ(diagnose(run).findings.front().certainty, Certainty::possible);
  run.trials.clear();
  tried(run, 100, 190);
  tried(run, 25, 40);  // far less than half
  EXPECT_EQ(diagnose(run).findings.front().certainty, Certainty::possible);
}

TEST(Service, AcrossANetworkALineMayBeTheLinks) {
  auto run = waiting(250ms, 20ms);
  tried(run, 100, 201);
  tried(run, 1, 195);
  EXPECT_EQ(diagnose(run).findings.front().certainty, Certainty::measured);
  run.targets = {{"http://192.0.2.1:80/", "192.0.2.1:80", {}}};
  const auto diagnosis = diagnose(run);
  EXPECT_EQ(diagnosis.findings.front().certainty, Certainty::possible);
  EXPECT_THAT(diagnosis.findings.front().why, HasSubstr("A full link on the way"));
}

TEST(Service, ATrialThatFailedIsSaid) {
  auto run = waiting(20ms, 19ms);
  tried(run, 100, 100);
  run.trials.back().got_through = 0.3;
  EXPECT_THAT(diagnose(run).findings.front().remedies.front().effect,
              HasSubstr("does not work: 30% of the requests succeeded"));
}

TEST(Service, ATrialThatFailedSettlesNothing) {
  auto run = waiting(250ms, 20ms);
  tried(run, 100, 201);
  run.trials.back().got_through = 0.5;
  EXPECT_EQ(diagnose(run).findings.front().certainty, Certainty::possible);
}

TEST(Service, AServersUnknownCpuIsNotCalledIdle) {
  auto run = waiting(20ms, 19ms);
  run.cpu.servers.clear();
  const Finding finding = diagnose(run).findings.front();
  EXPECT_THAT(finding.why, HasSubstr("Whether its CPU is busy is not known."));
  EXPECT_THAT(finding.why, Not(HasSubstr("idle. ")));
}

TEST(Service, AnIdleServerBesideABusyProgramMayWaitForIt) {
  auto run = waiting(250ms, 20ms);
  run.cpu.machine_cores = 4;
  run.cpu.machine_busy = 1.2;
  EXPECT_THAT(diagnose(run).findings.front().why,
              HasSubstr("other programs on this machine use 1.05 cores"));
  run.cpu.machine_busy = 0.4;
  EXPECT_THAT(diagnose(run).findings.front().why, HasSubstr("The server's CPU is idle"));
}

TEST(Service, TheServerKeepsConnectionsOpen) {
  auto run = waiting(20ms, 19ms);
  run.plan.requests_per_connection = 1;
  run.tally.server_kept_open = 400;
  run.tally.time_in_phase = {};
  run.tally.time_in_phase[index(Phase::close)] = 400s;
  EXPECT_EQ(limited_by(run), "server-keeps-open");
  EXPECT_FALSE(diagnose(run).verdict.valid);
  run.tally.time_in_phase[index(Phase::close)] = 10s;
  EXPECT_NE(limited_by(run), "server-keeps-open");
}

TEST(Service, BodiesThatComeInPieces) {
  auto run = waiting(44ms, 43ms);
  run.tally.time_in_phase = {};
  run.tally.time_in_phase[index(Phase::read)] = 495s;
  run.tally.first_byte.clear();
  for (int i = 0; i < 11'000; ++i) run.tally.first_byte.record(100us);
  EXPECT_EQ(limited_by(run), "slow-body");
  EXPECT_THAT(find(diagnose(run), "slow-body")->why, HasSubstr("Nagle's algorithm"));
  run.tally.latency.clear();
  for (int i = 0; i < 11'000; ++i) run.tally.latency.record(80ms);
  EXPECT_THAT(find(diagnose(run), "slow-body")->why, Not(HasSubstr("Nagle")));
  run.tally.time_in_phase[index(Phase::read)] = 100s;
  EXPECT_EQ(find(diagnose(run), "slow-body"), nullptr);
}

TEST(Way, ARoundTripThatIsTheLatency) {
  auto run = waiting(52ms, 51ms);
  run.tally.connect.clear();
  for (int i = 0; i < 50; ++i) run.tally.connect.record(50ms);
  EXPECT_EQ(limited_by(run), "network-latency");
  EXPECT_FALSE(diagnose(run).verdict.latency_is_servers);
  run.tally.connect.clear();
  for (int i = 0; i < 50; ++i) run.tally.connect.record(2ms);
  EXPECT_EQ(limited_by(run), "server-latency");
}

TEST(Way, LostPackets) {
  auto run = waiting(52ms, 51ms);
  run.counters["Tcp.OutSegs"] = 20'000;
  run.counters["Tcp.RetransSegs"] = 200;
  EXPECT_EQ(find(diagnose(run), "packet-loss")->severity, Severity::warning);  // nobody noticed
  for (int i = 0; i < 300; ++i) run.tally.latency.record(250ms);
  EXPECT_EQ(limited_by(run), "packet-loss");
  run.counters["Tcp.RetransSegs"] = 20;  // 0.1 %
  EXPECT_EQ(find(diagnose(run), "packet-loss"), nullptr);
}

TEST(Way, EaddrnotavailIsNotAlwaysPorts) {
  tws::Run run = plain();
  run.tally = Tally();
  run.tally.attempts_started = 800;
  run.tally.attempts_failed[EADDRNOTAVAIL] = {800, 1ms};
  run.sockets_before.emplace();
  run.sockets_after.emplace();
  EXPECT_EQ(limited_by(run), "no-address");
  run.limits.usable_ports = 0;
  EXPECT_THAT(find(diagnose(run), "no-address")->headline, HasSubstr("are reserved or held"));
  run.limits.usable_ports = 16384;
  run.sockets_before->client_ports = run.sockets_after->client_ports = 16384;
  EXPECT_EQ(find(diagnose(run), "no-address"), nullptr);
}

std::vector<std::string> trials(const Run& run) {
  std::vector<std::string> words;
  for (const auto& trial : trials_for(run, diagnose(run), 7).planned) words.push_back(trial.change);
  return words;
}

TEST(Trials, AreThoseThatSettleTheVerdict) {
  EXPECT_THAT(trials(waiting(250ms, 20ms)), ElementsAre("-c 100", "-c 25", "-c 1"));
  auto run = waiting(20ms, 19ms);
  run.cpu.busy = run.cpu.busiest_thread = 0.95;
  EXPECT_THAT(trials(run), ElementsAre("-t 4"));
}

TEST(Trials, ThereAreNoneWhereTheySettleNothingOrWouldBeSpoiled) {
  EXPECT_THAT(trials(out_of_ports()), IsEmpty());
  auto run = waiting(250ms, 20ms);
  run.plan.rate = 100;
  EXPECT_THAT(trials(run), IsEmpty());
  run = waiting(250ms, 20ms);
  run.simulated.emplace();
  EXPECT_THAT(trials(run), IsEmpty());
}

TEST(Trials, AreShortAndOnlyDifferInWhatTheySay) {
  auto run = waiting(250ms, 20ms);
  run.plan.duration = 60s;
  run.plan.headers = {{"Accept", "text/html"}};
  for (const auto& trial : trials_for(run, diagnose(run), 7).planned) {
    EXPECT_LE(*trial.plan.duration, 5s);
    EXPECT_EQ(trial.plan.headers, run.plan.headers);
    EXPECT_EQ(trial.plan.urls, run.plan.urls);
  }
}

}  // namespace
}  // namespace tws
