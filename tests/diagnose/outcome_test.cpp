// Whether the load got through: the findings that come before all others, and what looks alike.
#include "diagnose/runs.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <utility>

namespace tws {
namespace {

using namespace diagnosis;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

// 10 s of samples with so many successes each.
Run steady(std::uint64_t each = 100) {
  tws::Run run = plain();
  run.tally.responses_by_status[200] = 100 * each;
  run.tally.latency.clear();
  for (std::uint64_t i = 0; i < 100 * each; ++i) run.tally.latency.record(5ms);
  for (int i = 1; i <= 100; ++i) {
    Sample sample;
    sample.t = i / 10.0;
    sample.requests = each;
    run.timeline.push_back(sample);
  }
  return run;
}

void refuse(Run& run, std::size_t status, int count) {
  run.tally.responses_by_status[status] += static_cast<std::uint64_t>(count);
  for (int i = 0; i < count; ++i) run.tally.latency_of_refused.record(1ms);
}

std::string sentence(const Run& run) {
  return diagnose(run).verdict.sentence;
}
bool valid(const Run& run) {
  return diagnose(run).verdict.valid;
}

TEST(Outcome, NothingIsFoundWhereAllSucceeded) {
  for (const auto* id : {"failures", "refusals", "server-gone", "starved", "stall"})
    EXPECT_EQ(find(diagnose(steady()), id), nullptr) << id;
  EXPECT_TRUE(valid(steady()));
}

TEST(Outcome, RefusalsAreNoMeasurement) {
  auto run = steady();
  refuse(run, 503, 200);
  EXPECT_EQ(limited_by(run), "refusals");
  EXPECT_FALSE(valid(run));
  EXPECT_THAT(sentence(run), HasSubstr("10,000 of 10,200 requests succeeded."));
  EXPECT_THAT(find(diagnose(run), "refusals")->headline, HasSubstr("200 x 503"));
  EXPECT_THAT(find(diagnose(run), "refusals")->why, HasSubstr("rate limiter"));
}

TEST(Outcome, AFewRefusalsAreAWarning) {
  auto run = steady();
  refuse(run, 404, 90);  // 0.9 %
  EXPECT_EQ(find(diagnose(run), "refusals")->severity, Severity::warning);
  EXPECT_TRUE(valid(run));
}

TEST(Outcome, AGatewaysAnswersNameItsOwnPorts) {
  auto run = steady();
  refuse(run, 502, 500);
  EXPECT_THAT(find(diagnose(run), "refusals")->why, HasSubstr("source ports"));
}

TEST(Outcome, FailuresThatTheServerCanKnowOf) {
  auto run = steady();
  run.tally.requests_failed[{Phase::wait, Cause::closed}] = {300, 1s};
  EXPECT_EQ(limited_by(run), "failures");
  EXPECT_FALSE(valid(run));
  EXPECT_THAT(find(diagnose(run), "failures")->headline, HasSubstr("'wait: closed'"));
  run.tally.requests_failed[{Phase::wait, Cause::closed}] = {30, 1s};
  EXPECT_EQ(find(diagnose(run), "failures")->severity, Severity::warning);
  EXPECT_TRUE(valid(run));
}

TEST(Outcome, WantOfPortsIsNoFailureOfTheServer) {
  EXPECT_EQ(find(diagnose(out_of_ports()), "failures"), nullptr);
  EXPECT_EQ(find(diagnose(out_of_ports()), "server-gone"), nullptr);
  EXPECT_THAT(sentence(out_of_ports()), Not(HasSubstr("did not get through")));
}

// Dead from 4 s on.
Run killed() {
  auto run = steady();
  for (auto& sample : run.timeline)
    if (sample.t > 4.05) sample.requests = 0;
  run.tally.attempts_failed[ECONNREFUSED] = {80, 4s};
  run.tally.in_flight.assign(50, {Phase::backoff, 5900ms});
  return run;
}

TEST(Outcome, AServerThatIsGone) {
  EXPECT_EQ(limited_by(killed()), "server-gone");
  EXPECT_FALSE(valid(killed()));
  EXPECT_THAT(sentence(killed()), HasSubstr("no request succeeded after 4.00 s"));
}

TEST(Outcome, AServerThatHangsIsGoneAsWell) {
  auto run = killed();
  run.tally.attempts_failed.clear();
  run.tally.in_flight.assign(50, {Phase::wait, 5900ms});
  EXPECT_EQ(limited_by(run), "server-gone");
  EXPECT_EQ(find(diagnose(run), "starved"), nullptr);
}

TEST(Outcome, ItIsNotGoneWhereNobodyAsked) {
  auto run = killed();
  run.tally.in_flight.clear();
  EXPECT_EQ(find(diagnose(run), "server-gone"), nullptr);
  // Nor where this machine had no port.
  run = killed();
  run.tally.attempts_failed.clear();
  run.tally.attempts_failed[EADDRNOTAVAIL] = {80, 4s};
  EXPECT_EQ(find(diagnose(run), "server-gone"), nullptr);
  // Nor where all answers take so long.
  run = killed();
  run.tally.latency.record(3s);
  EXPECT_EQ(find(diagnose(run), "server-gone"), nullptr);
}

TEST(Outcome, StarvedConnectionsAreNoLoad) {
  auto run = steady();
  run.tally.in_flight.assign(40, {Phase::wait, 9900ms});
  EXPECT_EQ(limited_by(run), "starved");
  EXPECT_FALSE(valid(run));
  EXPECT_THAT(sentence(run), HasSubstr("40 of 50 connections waited in vain"));
  run.tally.in_flight.assign(40, {Phase::wait, 40ms});  // as long as others
  EXPECT_EQ(find(diagnose(run), "starved"), nullptr);
}

// Nobody was answered from 4 to 5 s.
Run paused() {
  auto run = steady();
  for (auto& sample : run.timeline)
    if (sample.t > 4.05 && sample.t < 5.05) sample.requests = 0;
  for (int i = 0; i < 50; ++i) run.tally.latency.record(1s);
  return run;
}

TEST(Outcome, AStall) {
  const auto diagnosis = diagnose(paused());
  const auto* stall = find(diagnosis, "stall");
  ASSERT_NE(stall, nullptr);
  EXPECT_THAT(stall->headline, HasSubstr("For 1.00 s nobody was answered, from 4.00 s on"));
  EXPECT_TRUE(diagnosis.verdict.valid);
}

// The last request of a run (-n), or a slow one: the others had nothing to send, or were answered.
TEST(Outcome, OneSlowRequestIsNoStall) {
  auto run = paused();
  run.tally.latency.clear();
  for (int i = 0; i < 10'000; ++i) run.tally.latency.record(5ms);
  run.tally.latency.record(1s);
  EXPECT_EQ(find(diagnose(run), "stall"), nullptr);
  run.plan.connections = 1;
  EXPECT_EQ(find(diagnose(run), "stall")->certainty, Certainty::possible);
}

// With a rate all that is due meanwhile waits, which is the server's as well.
TEST(Outcome, AStallIsTheServersAtAnyRate) {
  auto run = paused();
  run.plan.rate = 100;
  run.tally.service_time.record(5ms);
  run.tally.never_begun = 1'000;
  EXPECT_TRUE(diagnose(run).verdict.latency_is_servers) << sentence(run);
  run.tally.longest_standstill = 950ms;  // hammer's own
  EXPECT_FALSE(diagnose(run).verdict.latency_is_servers) << sentence(run);
}

TEST(Outcome, HammersOwnStandstillIsNoStallOfTheServer) {
  auto run = paused();
  run.tally.longest_standstill = 950ms;
  EXPECT_EQ(find(diagnose(run), "stall"), nullptr);
}

TEST(Outcome, APauseThatNobodyWaitedThroughIsNone) {
  auto run = paused();
  run.tally.latency.clear();
  for (int i = 0; i < 10'000; ++i) run.tally.latency.record(5ms);
  EXPECT_EQ(find(diagnose(run), "stall"), nullptr);
}

TEST(Outcome, ADeadTargetAmongOthersIsNamed) {
  auto run = steady();
  run.targets.push_back({"http://192.0.2.2:80/", "192.0.2.2:80", {}});
  run.tally.by_target = {{50, 0}, {0, 49}};
  run.tally.attempts_failed[ECONNREFUSED] = {49, 1ms};
  EXPECT_EQ(limited_by(run), "failures");
  EXPECT_FALSE(valid(run));
  EXPECT_THAT(find(diagnose(run), "failures")->why, HasSubstr("192.0.2.2:80"));
  EXPECT_THAT(sentence(run), HasSubstr("nothing ever connected to 192.0.2.2:80."));
  run.tally.by_target[1].connected = 25;
  EXPECT_TRUE(valid(run));
}

TEST(Outcome, OtherProtocolsAreNamedByTheirFirstBytes) {
  tws::Run run = plain();
  run.tally.responses_by_status = {};
  run.tally.latency.clear();
  run.tally.requests_failed[{Phase::read, Cause::protocol}] = {800, 1ms};
  run.tally.unreadable = {{"status line", 0, 800, std::string("\x15\x03\x01\x00\x02\x02\x46", 7)}};
  EXPECT_EQ(limited_by(run), "wrong-protocol");
  EXPECT_THAT(find(diagnose(run), "wrong-protocol")->headline, HasSubstr("but TLS"));
  run.tally.unreadable[0].bytes = "SSH-2.0-OpenSSH";
  EXPECT_THAT(find(diagnose(run), "wrong-protocol")->headline, HasSubstr("but SSH"));
  run.tally.unreadable[0].bytes = "HTTP/2 200";
  EXPECT_THAT(find(diagnose(run), "wrong-protocol")->headline, HasSubstr("but HTTP/2"));
  EXPECT_EQ(find(diagnose(run), "wrong-protocol")->evidence[0].value,
            "800 times: 48 54 54 50 2f 32 20 32 30 30, looks like HTTP/2");
  run.tally.unreadable[0].bytes = "whatever";
  EXPECT_THAT(find(diagnose(run), "wrong-protocol")->headline, HasSubstr("HTTP/1.1 here."));
  run.tally.unreadable = {{"chunk", 0, 800, "xyz"}};
  EXPECT_THAT(find(diagnose(run), "wrong-protocol")->headline,
              HasSubstr("answers in HTTP/1.1 with mistakes: chunk."));
  EXPECT_THAT(sentence(run), HasSubstr("the answers leave open where they end (wrong-protocol)"));
  // One bad answer among good ones is a failure.
  run.tally.responses_by_status[200] = 10'000;
  EXPECT_EQ(find(diagnose(run), "wrong-protocol"), nullptr);
}

TEST(Outcome, AFailedHandshakeSaysWhatToType) {
  tws::Run run = plain();
  run.plan.urls = {"https://127.0.0.1/"};
  run.tally.requests_failed[{Phase::handshake, TlsFault::wrong_host}] = {800, 1ms};
  const auto diagnosis = diagnose(run);
  const auto* finding = find(diagnosis, "failures");
  ASSERT_NE(finding, nullptr);
  EXPECT_THAT(finding->headline, HasSubstr("'handshake: wrong host'"));
  EXPECT_THAT(finding->why, HasSubstr("the server's certificate is not for the host of the URL"));
  EXPECT_THAT(finding->remedies[0].action, HasSubstr("--sni NAME"));
}

TEST(Outcome, ATargetThatNoHandshakeSucceedsWithIsDead) {
  auto run = steady();
  run.plan.urls = {"https://192.0.2.1/", "https://192.0.2.2/"};
  run.targets = {{"https://192.0.2.1/", "192.0.2.1:443", {}},
                 {"https://192.0.2.2/", "192.0.2.2:443", {}}};
  run.tally.by_target = {{50, 0, 10'000}, {2, 0}};
  run.tally.tls_used = {{0, "TLSv1.3", "", "", "", "", "", 50}};
  run.tally.requests_failed[{Phase::handshake, TlsFault::wrong_host}] = {2, 1ms};
  EXPECT_FALSE(valid(run));
  EXPECT_THAT(sentence(run), HasSubstr("192.0.2.2:443"));
  run.tally.tls_used.push_back({1, "TLSv1.3", "", "", "", "", "", 1});
  EXPECT_TRUE(valid(run));
}

// What answered others speaks what was asked.
TEST(Outcome, WhyAServerClosesIsGuessedOnlyIfItNeverAnswers) {
  auto run = steady();
  run.tally.requests_failed[{Phase::wait, Cause::closed}] = {800, 1ms};
  EXPECT_THAT(find(diagnose(run), "failures")->why, EndsWith("instead of answering."));
  run.tally.responses_by_status = {};
  run.tally.latency.clear();
  EXPECT_THAT(find(diagnose(run), "failures")->why, HasSubstr("Perhaps it speaks TLS"));
  run.plan.urls = {"https://192.0.2.1/"};
  EXPECT_THAT(find(diagnose(run), "failures")->why, HasSubstr("Perhaps it wants a certificate"));
}

// Plain HTTP on a port of TLS gets a 400, and so does who lacks a certificate.
TEST(Outcome, A400MeansAnotherThingWithTls) {
  tws::Run run = plain();
  run.tally.responses_by_status = {};
  run.tally.responses_by_status[400] = 1'000;
  run.tally.latency_of_refused = std::exchange(run.tally.latency, Histogram());
  EXPECT_THAT(find(diagnose(run), "refusals")->why, HasSubstr("then write https://"));
  run.plan.urls = {"https://192.0.2.1/"};
  run.plan.tls.authorities = "ca.pem";
  EXPECT_THAT(find(diagnose(run), "refusals")->why, HasSubstr("--cert FILE --key FILE"));
  EXPECT_THAT(find(diagnose(run), "refusals")->remedies.front().action,
              HasSubstr("curl -i --cacert ca.pem http"));
  run.plan.tls.certificate = "own.pem";
  EXPECT_THAT(find(diagnose(run), "refusals")->why, HasSubstr("does not trust the certificate"));
}

TEST(Outcome, PlainHttpBehindHttpsIsAnotherProtocol) {
  tws::Run run = plain();
  run.plan.urls = {"https://127.0.0.1/"};
  run.tally.responses_by_status = {};
  run.tally.latency.clear();
  run.tally.requests_failed[{Phase::handshake, TlsFault::not_tls}] = {800, 1ms};
  EXPECT_EQ(limited_by(run), "wrong-protocol");
  EXPECT_THAT(find(diagnose(run), "wrong-protocol")->headline, HasSubstr("does not speak TLS"));
  run.tally.requests_failed = {{{Phase::handshake, TlsFault::expired}, {800, 1ms}}};
  EXPECT_NE(limited_by(run), "wrong-protocol");
}

TEST(Outcome, WhatIsTooShortIsNotValid) {
  auto run = plain();
  run.seconds = 0.2;
  EXPECT_FALSE(valid(run));
  run = plain();
  run.tally.responses_by_status[200] = 5;
  EXPECT_FALSE(valid(run));
  EXPECT_THAT(sentence(run), HasSubstr("5 responses are too few to rely on"));
}

}  // namespace
}  // namespace tws
