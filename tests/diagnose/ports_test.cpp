// What the verdict knows of ports that are held, and the trials of its remedies.
#include "runs.hpp"
#include "tws/diagnose/trials.hpp"
#include "tws/measure/facts.hpp"

#include <gmock/gmock.h>

#include <algorithm>

namespace tws::diagnosis {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

Run on_loopback(Run run) {
  run.targets = {{"http://127.0.0.1:80/", "127.0.0.1:80", {}}};
  return run;
}

std::vector<std::string> actions(const Run& run, const std::string& id) {
  std::vector<std::string> words;
  const auto diagnosis = diagnose(run);
  if (const auto* finding = find(diagnosis, id))
    for (const Remedy& remedy : finding->remedies) words.push_back(remedy.action);
  return words;
}

TEST(Held, RemediesThatNeedTheSamePortsBeginWithAWait) {
  EXPECT_THAT(
      actions(on_loopback(out_of_ports()), "ephemeral-ports"),
      AllOf(Contains("--wait-drain, and leave out --disable-keepalive"),
            Contains("--wait-drain --close-by server"), Contains("--wait-drain --close-by reset"),
            Contains("--wait-drain --ports rotate"),
            // Other addresses are free, and tcp_tw_reuse frees these.
            Contains(StartsWith("--source 127.1.0.0/")),
            Contains("sysctl net.ipv4.tcp_tw_reuse=1 (root)")));
}

TEST(Held, WherePortsComeBackAtOnceNobodyWaitsButWhoBindsThem) {
  EXPECT_THAT(actions(reusing(), "time-wait-reuse"),
              AllOf(Contains("--close-by server"), Contains("leave out --disable-keepalive"),
                    Contains("--wait-drain --ports rotate")));
  auto run = reusing();
  run.sockets_after->client_ports = 100;
  run.sockets_after->client[TcpState::TimeWait] = 100;
  EXPECT_THAT(actions(run, "time-wait-reuse"), Contains("--ports rotate"));
}

// Where the server has time stamps off tcp_tw_reuse does nothing.
TEST(Held, NothingComesBackWithoutTimeStamps) {
  auto run = reusing();
  run.tally.attempts_connected = run.tally.responses_by_status[200] = 16'384;
  run.counters = {{"Tcp.ActiveOpens", 16'384}};
  const auto diagnosis = diagnose(run);
  EXPECT_EQ(diagnosis.verdict.limited_by, "ephemeral-ports");
  EXPECT_EQ(diagnosis.budget.hold_seconds, 60);
  EXPECT_THAT(diagnosis.findings.front().why, HasSubstr("the server has them off"));
  EXPECT_THAT(actions(run, "ephemeral-ports"),
              AllOf(Not(Contains(HasSubstr("tcp_tw_reuse"))), Not(Contains(HasSubstr("rotate")))));
  // Not if some came back, and not before their time.
  run.counters["TcpExt.TWRecycled"] = 10;
  EXPECT_EQ(limited_by(run), "time-wait-reuse");
  run.counters.erase("TcpExt.TWRecycled");
  run.seconds = 2;
  EXPECT_EQ(limited_by(run), "time-wait-reuse");
}

TEST(Held, PortsThatCannotBeBoundAreNoFirewall) {
  auto run = on_loopback(plain());
  run.plan.requests_per_connection = 1;
  run.plan.close_by = CloseBy::client;
  run.plan.ports = PortChoice::rotate;
  run.tally.attempts_connected = 0;
  run.tally.responses_by_status = {};
  run.tally.latency = Histogram();
  run.tally.connect = Histogram();
  run.tally.attempts_failed[EADDRINUSE] = {500, 1ms};
  run.tally.attempts_started = 500;
  const auto diagnosis = diagnose(run);
  EXPECT_EQ(diagnosis.verdict.limited_by, "ephemeral-ports");
  EXPECT_EQ(find(diagnosis, "unreachable"), nullptr);
  EXPECT_FALSE(diagnosis.verdict.valid);
  EXPECT_THAT(diagnosis.verdict.sentence, StartsWith("Nothing was measured"));
  EXPECT_THAT(diagnosis.findings.front().headline, HasSubstr("EADDRINUSE"));
  EXPECT_THAT(actions(run, "ephemeral-ports"), ElementsAre("--wait-drain", "--source 127.1.0.1"));
  run.tally.attempts_failed = {{ETIMEDOUT, {500, 1ms}}};
  EXPECT_EQ(limited_by(run), "unreachable");
}

// With other source addresses the same ports are there once more.
TEST(Held, WithSixSourcesThereAreSixTimesAsMany) {
  auto run = on_loopback(searching());
  run.source_addresses = 6;
  EXPECT_EQ(find(diagnose(run), "port-search"), nullptr);  // a sixth of half of them
  run.sockets_after->client[TcpState::TimeWait] = 60'000;
  const auto diagnosis = diagnose(run);
  ASSERT_NE(find(diagnosis, "port-search"), nullptr);
  const auto& evidence = find(diagnosis, "port-search")->evidence;
  EXPECT_EQ(evidence.front().value, "60,000 of 98,304 (16,384 ports x 6 source addresses)");
}

TEST(Held, ASearchThatAllCallsMadeIsOneToo) {
  auto run = searching();
  run.tally.connect = Histogram();
  for (int i = 0; i < 15'552; ++i) run.tally.connect.record(580us);
  EXPECT_EQ(find(diagnose(run), "port-search"), nullptr);  // all alike, so why not the network
  run.sockets_before = run.sockets_after;
  const auto diagnosis = diagnose(run);
  ASSERT_NE(find(diagnosis, "port-search"), nullptr);
  EXPECT_THAT(find(diagnosis, "port-search")->headline, HasSubstr("were held from the start"));
  run.tally.time_in_connect_call = 300ms;
  EXPECT_EQ(find(diagnose(run), "port-search"), nullptr);  // fast
}

Trials trials(const Run& run) {
  return trials_for(run, diagnose(run), 7);
}

TEST(PortTrials, AreTheRemediesThatNeedNoRootFromAddressesThatNobodyUsed) {
  const auto run = on_loopback(out_of_ports());
  const auto all = trials(run);
  std::vector<std::string> changes, sources;
  for (const TrialPlan& trial : all.planned) {
    changes.push_back(trial.change);
    ASSERT_EQ(trial.plan.sources.size(), 1u);
    sources.push_back(trial.plan.sources.front());
    EXPECT_LE(*trial.plan.duration, 3s);
    EXPECT_FALSE(trial.plan.wait_drain);
    EXPECT_TRUE(trial.predicted);
  }
  EXPECT_THAT(changes,
              ElementsAre(StartsWith("leave out --disable-keepalive, with --source 127.9.0.1"),
                          StartsWith("--close-by server --source 127.9.4.1"),
                          StartsWith("--close-by reset --source 127.9.8.1"),
                          StartsWith("--source 127.9.12.0/29"),
                          // It binds ports, which spoils those after it.
                          StartsWith("--ports rotate --source 127.9.16.1")));
  std::ranges::sort(sources);
  EXPECT_EQ(std::unique(sources.begin(), sources.end()), sources.end());
  EXPECT_FALSE(all.planned[0].predicted->ceiling);
  EXPECT_EQ(all.planned[3].predicted, (Prediction{true, 98'304, 98'304}));
  EXPECT_THAT(all.left_out, Contains(StartsWith("sysctl net.ipv4.tcp_tw_reuse=1 (root)")));
}

TEST(PortTrials, AreLeftOutWhereTheRunHoldsTheOnlyPorts) {
  const auto all = trials(out_of_ports());  // towards another machine
  EXPECT_THAT(all.planned, IsEmpty());
  EXPECT_THAT(all.left_out, Contains(HasSubstr("the run's ports are held for 60.0 s")));
}

TEST(PortTrials, WaitInsteadWherePortsComeBackSoon) {
  auto run = reusing();
  run.targets = {{"http://[::1]:80/", "[::1]:80", {}}};
  const auto all = trials(run);
  ASSERT_THAT(all.planned, Not(IsEmpty()));
  for (const TrialPlan& trial : all.planned) {
    EXPECT_GE(trial.pause, 1s);
    EXPECT_THAT(trial.plan.sources, IsEmpty());
  }
}

TEST(PortTrials, TheRemedySaysWhatWasMeasuredAndAContradictedOneComesLast) {
  auto run = on_loopback(out_of_ports());
  const auto add = [&](const std::string& remedy, std::uint64_t connected, std::uint64_t without) {
    Trial trial;
    trial.remedy = remedy;
    trial.seconds = 1;
    trial.predicted = Prediction{};
    trial.connected = connected;
    trial.without_port = without;
    run.trials.push_back(trial);
  };
  add("--wait-drain --close-by server", 20'000, 0);
  add("--wait-drain --close-by reset", 900, 50);
  const auto remedies = diagnose(run).findings.front().remedies;
  const auto measured = [&](std::string_view action) {
    return std::ranges::find(remedies, action, &Remedy::action)->measured;
  };
  EXPECT_EQ(measured("--wait-drain --close-by server"),
            "20,000 connections in 1.00 s, none failed for want of a port");
  EXPECT_EQ(measured("--wait-drain --ports rotate"), "");
  EXPECT_EQ(remedies.back().action, "--wait-drain --close-by reset");
  EXPECT_THAT(remedies.back().measured, HasSubstr("not as predicted"));
}

TEST(PortTrials, ATenthBesideThePredictionIsMet) {
  const Prediction burst{true, 1000, 1000};
  const auto how = [&](std::uint64_t connected, std::uint64_t without) {
    Trial trial;
    trial.connected = connected;
    trial.without_port = without;
    return fared(trial, burst);
  };
  EXPECT_EQ(how(1000, 5), Fared::as_predicted);
  EXPECT_EQ(how(901, 5), Fared::as_predicted);
  EXPECT_EQ(how(1099, 5), Fared::as_predicted);
  EXPECT_EQ(how(1101, 5), Fared::otherwise);
  EXPECT_EQ(how(899, 5), Fared::otherwise);
  EXPECT_EQ(how(500, 0), Fared::ports_left);
  EXPECT_EQ(how(0, 0), Fared::otherwise);
  Trial trial;
  trial.connected = 1000;
  trial.without_port = 10;
  EXPECT_EQ(fared(trial, Prediction{}), Fared::as_predicted);
  trial.without_port = 11;
  EXPECT_EQ(fared(trial, Prediction{}), Fared::otherwise);
}

}  // namespace
}  // namespace tws::diagnosis
