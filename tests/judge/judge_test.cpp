#include "tws/judge/judge.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <string>
#include <vector>

namespace tws {
namespace {

using namespace std::chrono_literals;
using testing::DoubleNear;
using testing::HasSubstr;

// 10 s, 10,000 successes of 1 to 100 ms, evenly.
Run healthy() {
  Run run;
  run.plan.urls = {"http://a/", "http://b/"};
  run.plan.duration = 10s;
  run.seconds = 10;
  run.tally.attempts_started = run.tally.attempts_connected = 50;
  run.tally.responses_by_status[200] = 10'000;
  for (int i = 0; i < 10'000; ++i) run.tally.latency.record((i % 100 + 1) * 1ms);
  run.tally.first_byte = run.tally.latency;
  for (int i = 0; i < 50; ++i) run.tally.connect.record(1ms);
  for (int i = 1; i <= 100; ++i) {
    Sample sample;
    sample.t = i / 10.0;
    sample.requests = 100;
    Histogram latency(Histogram::two_digits);
    for (int k = 0; k < 100; ++k) latency.record((k + 1) * 1ms);
    sample.latency = PackedHistogram(latency);
    run.timeline.push_back(sample);
  }
  return run;
}

Diagnosis sound() {
  Diagnosis diagnosis;
  diagnosis.verdict.limited_by = "server-latency";
  return diagnosis;
}

Diagnosis limited(std::string id, bool rate, bool latency, bool got_through = true) {
  Diagnosis diagnosis;
  diagnosis.verdict = {std::move(id), false, got_through, rate, latency, "."};
  return diagnosis;
}

Outcome judged(Run run, std::string threshold, const Diagnosis& diagnosis = sound()) {
  run.plan.thresholds = {std::move(threshold)};
  return judge(run, diagnosis).front();
}

Result result(Run run, std::string threshold, const Diagnosis& diagnosis = sound()) {
  return judged(std::move(run), std::move(threshold), diagnosis).result;
}

TEST(Judge, ComparesWithEachMetric) {
  const auto run = healthy();
  struct Case {
    const char* threshold;
    double value;
  };
  for (const auto& [threshold, value] :
       {Case{"p50 < 1s", 0.05}, Case{"p99 < 1s", 0.099}, Case{"min < 1s", 0.001},
        Case{"max < 1s", 0.1}, Case{"mean < 1s", 0.0505}, Case{"stddev < 1s", 0.028867},
        Case{"first-byte.p90 < 1s", 0.09}, Case{"connect.p50 < 1s", 0.001},
        Case{"rate > 1/s", 1000}, Case{"successes > 1", 10'000}, Case{"successes > 1%", 1},
        Case{"errors < 1%", 0}, Case{"errors < 1/s", 0}, Case{"attempts < 51", 50},
        Case{"attempts < 51/s", 5}, Case{"status.2xx > 1%", 1}, Case{"status.404 < 1", 0}}) {
    const auto outcome = judged(run, threshold);
    EXPECT_EQ(outcome.result, Result::pass) << threshold << outcome.why;
    ASSERT_TRUE(outcome.value) << threshold;
    EXPECT_THAT(*outcome.value, DoubleNear(value, value * 2e-3)) << threshold;
  }
}

TEST(Judge, FailsBeyondTheLimit) {
  const auto outcome = judged(healthy(), "p99 < 50ms");
  EXPECT_EQ(outcome.result, Result::fail);
  EXPECT_THAT(*outcome.margin(), DoubleNear(-0.049, 1e-3));
  EXPECT_EQ(result(healthy(), "rate > 1001/s"), Result::fail);
  EXPECT_THAT(*judged(healthy(), "rate > 900/s").margin(), DoubleNear(100, 1e-6));
}

TEST(Judge, KnowsNothingWithoutASample) {
  auto run = healthy();
  // All refused, at once.
  run.tally.responses_by_status = {};
  run.tally.responses_by_status[503] = 10'000;
  run.tally.latency_of_refused = run.tally.latency;
  run.tally.latency.clear();
  const auto all_refused = limited("refusals", false, true, false);
  const auto outcome = judged(run, "p99 < 250ms", all_refused);
  EXPECT_EQ(outcome.result, Result::unknown);
  EXPECT_FALSE(outcome.value);
  EXPECT_EQ(outcome.why, "there is no sample");
  EXPECT_EQ(result(run, "errors < 1%", all_refused), Result::fail);
  EXPECT_EQ(result(run, "status.5xx < 1%", all_refused), Result::fail);
  EXPECT_EQ(result(run, "rate > 1/s", all_refused), Result::fail);
  tws::Run nothing;
  EXPECT_EQ(result(nothing, "errors < 1%"), Result::unknown);
  EXPECT_EQ(result(nothing, "rate > 1/s"), Result::unknown);
}

TEST(Judge, LetsALatencyOfFewSuccessesNotPass) {
  auto run = healthy();
  run.tally.requests_failed[{Phase::wait, Cause::timeout}] = {5'000, 1s};
  const auto some_failed = limited("failures", false, true, false);
  const auto outcome = judged(run, "p99 < 250ms", some_failed);
  EXPECT_EQ(outcome.result, Result::unknown);
  EXPECT_THAT(outcome.why, HasSubstr("successes alone"));
  // That of the successes is bad enough.
  EXPECT_EQ(result(run, "p99 < 50ms", some_failed), Result::fail);
  EXPECT_EQ(result(run, "errors < 1%", some_failed), Result::fail);
}

TEST(Judge, KnowsNothingOfAnInterruptedRun) {
  auto run = healthy();
  run.signal = 2;
  for (const auto* threshold : {"p99 < 250ms", "p99 < 1ms", "errors < 1%"}) {
    const auto outcome = judged(run, threshold);
    EXPECT_EQ(outcome.result, Result::unknown);
    EXPECT_EQ(outcome.why, "the run was interrupted");
    EXPECT_TRUE(outcome.value);
  }
}

TEST(Judge, KnowsNothingWhereTheNumberIsNotTheServers) {
  const auto search = limited("port-search", false, false);
  for (const auto* threshold :
       {"p99 < 250ms", "p99 < 1ms", "rate > 1/s", "rate > 10k/s", "successes > 1"}) {
    const auto outcome = judged(healthy(), threshold, search);
    EXPECT_EQ(outcome.result, Result::unknown) << threshold;
    EXPECT_THAT(outcome.why, HasSubstr("not the server's (port-search)"));
  }
  // But how many of those that were planned succeed is.
  auto planned = healthy();
  planned.plan.requests = 10'000;
  const auto busy = limited("client-cpu", false, false);
  EXPECT_EQ(result(planned, "successes >= 10k", busy), Result::pass);
  EXPECT_EQ(result(healthy(), "successes >= 10k", busy), Result::unknown);
  // It names the ports, and only the rate is theirs.
  auto run = healthy();
  run.tally.attempts_failed[EADDRNOTAVAIL] = {1'600, 1s};
  const auto ports = limited("ephemeral-ports", false, true);
  EXPECT_EQ(result(run, "rate > 1/s", ports), Result::unknown);
  EXPECT_EQ(judged(run, "errors < 1%", ports).why,
            "1,600 attempts never left this machine (ephemeral-ports)");
}

// With -q the server had the load that was asked for.
TEST(Judge, LetsALatencyPassThatTheClientCanOnlyHaveMadeLonger) {
  const auto kept = limited("rate", false, false);
  EXPECT_EQ(result(healthy(), "p99 < 250ms", kept), Result::pass);
  EXPECT_EQ(result(healthy(), "p99 < 1ms", kept), Result::unknown);
  EXPECT_EQ(result(healthy(), "min > 1us", kept), Result::unknown);
  EXPECT_EQ(result(healthy(), "p99 < 250ms", limited("client-cpu", false, false)), Result::unknown);
}

TEST(Judge, BlamesNobodyForWhatNeverLeftThisMachine) {
  auto run = healthy();
  run.tally.attempts_failed[EMFILE] = {5, 1s};
  EXPECT_EQ(result(run, "errors < 1%"), Result::pass);  // with them, too
  EXPECT_EQ(result(run, "errors < 1"), Result::unknown);
  EXPECT_EQ(result(run, "errors < 1%", limited("open-files", false, true)), Result::unknown);
  // They are few beside those of the server.
  run.tally.requests_failed[{Phase::wait, Cause::timeout}] = {5'000, 1s};
  EXPECT_EQ(result(run, "errors < 1%", limited("failures", false, true, false)), Result::fail);
}

TEST(Judge, LetsNoErrorsNotPassWhereConnectionsHang) {
  for (const auto* id : {"starved", "server-gone"}) {
    EXPECT_EQ(result(healthy(), "errors < 1%", limited(id, false, true, false)), Result::unknown);
    EXPECT_EQ(result(healthy(), "successes < 1%", limited(id, false, true, false)), Result::fail);
  }
  EXPECT_EQ(result(healthy(), "errors < 1%", limited("client-cpu", false, false)), Result::pass);
}

TEST(Judge, CountsWhatIsInFlight) {
  auto run = healthy();
  for (int i = 0; i < 200; ++i) run.tally.in_flight.push_back({Phase::wait, 20ms});
  const auto outcome = judged(run, "p99 < 250ms");
  EXPECT_TRUE(outcome.at_least);
  EXPECT_EQ(outcome.result, Result::unknown);
  // However long they take, nine tenths are faster.
  EXPECT_EQ(result(run, "p90 < 250ms"), Result::pass);
  EXPECT_EQ(result(run, "p90 < 91ms"), Result::unknown);
  EXPECT_EQ(result(run, "p90 < 80ms"), Result::fail);
  for (auto& one : run.tally.in_flight) one.age = 5s;
  EXPECT_EQ(result(run, "p99 < 250ms"), Result::fail);
  EXPECT_EQ(result(run, "max < 1s"), Result::fail);
}

TEST(Judge, KnowsTheShareOfTheRate) {
  auto run = healthy();
  run.plan.rate = 2'000;
  for (int i = 0; i < 15'000; ++i) run.tally.begin_delay.record(1ms);
  run.tally.never_begun = 5'000;
  EXPECT_EQ(*judged(run, "achieved >= 75%").value, 0.75);
  EXPECT_EQ(result(run, "achieved > 99%"), Result::fail);
  EXPECT_EQ(result(run, "achieved > 99%", limited("none", false, true)), Result::unknown);
}

TEST(Judge, CountsTheAttemptsOfOneTarget) {
  auto run = healthy();
  run.targets = {{"http://a/", "192.0.2.1:80", {}}, {"http://b/", "192.0.2.2:80", {}}};
  run.tally.by_target = {{20, 10}, {15, 5}};
  EXPECT_EQ(*judged(run, "attempts{http://a/} < 31").value, 30);
  EXPECT_EQ(*judged(run, "attempts{http://b/} < 31").value, 20);
}

TEST(Judge, TakesTheWorstWindow) {
  auto run = healthy();
  for (int i = 40; i < 45; ++i) run.timeline[static_cast<std::size_t>(i)].errors = 300;
  const auto outcome = judged(run, "errors < 10% over 1s");
  EXPECT_EQ(outcome.result, Result::fail);
  EXPECT_DOUBLE_EQ(*outcome.value, 0.6);  // 1,500 of 2,500
  EXPECT_THAT(*outcome.window_end, DoubleNear(4.5, 1e-9));
  EXPECT_EQ(result(run, "errors < 31% over 5s"), Result::pass);
  EXPECT_EQ(result(run, "rate > 900/s over 1s"), Result::pass);
  run.timeline[70].requests = 0;
  EXPECT_EQ(result(run, "rate > 900/s over 1s"), Result::fail);
  EXPECT_EQ(result(run, "p99 < 250ms over 2s"), Result::pass);
  EXPECT_EQ(result(run, "p99 < 50ms over 2s"), Result::fail);
}

TEST(Judge, KnowsNothingOfAnEmptyWindow) {
  auto run = healthy();
  for (std::size_t i = 40; i < 55; ++i)
    run.timeline[i] = Sample{run.timeline[i].t, 0, 0, {}, {}, {}};
  const auto outcome = judged(run, "p99 < 250ms over 1s");
  EXPECT_EQ(outcome.result, Result::unknown);
  EXPECT_THAT(outcome.why, HasSubstr("6 of 91 windows"));
  EXPECT_EQ(result(run, "p99 < 250ms over 3s"), Result::pass);
  EXPECT_EQ(result(run, "p99 < 50ms over 1s"), Result::fail);
  run.timeline.resize(5);
  EXPECT_THAT(judged(run, "p99 < 250ms over 1s").why, HasSubstr("shorter than 1.00 s"));
}

TEST(Judge, FailsWhatEndedTheRun) {
  auto run = healthy();
  run.plan.thresholds = {"errors < 1% abort", "p99 < 250ms"};
  run.stopped_by = "errors < 1% abort";
  const auto outcomes = judge(run, sound());
  EXPECT_EQ(outcomes[0].result, Result::fail);
  EXPECT_EQ(outcomes[1].result, Result::pass);
  EXPECT_EQ(overall(outcomes), Result::fail);
}

TEST(Overall, IsTheWorst) {
  const auto of = [](std::vector<Result> results) {
    std::vector<Outcome> outcomes(results.size());
    for (std::size_t i = 0; i < results.size(); ++i) outcomes[i].result = results[i];
    return overall(outcomes);
  };
  EXPECT_EQ(of({}), Result::pass);
  EXPECT_EQ(of({Result::pass, Result::unknown}), Result::unknown);
  EXPECT_EQ(of({Result::unknown, Result::fail, Result::pass}), Result::fail);
}

}  // namespace
}  // namespace tws
