// What lies between the two ends, and behind the server: full links and windows, loss, a proxy's
// ports.
#include "diagnose/runs.hpp"

#include <gmock/gmock.h>

namespace tws::diagnosis {
namespace {

using testing::HasSubstr;

WaySide side(double min_rtt, double rtt, std::uint64_t sending) {
  WaySide side;
  side.sockets = 50;
  side.looks = 500;
  side.looks_sending = sending;
  side.min_rtt = min_rtt;
  side.rtt = rtt;
  side.segments_sent = 100'000;
  side.sending = 0.9 * static_cast<double>(sending);
  return side;
}

// 1,000 responses of 60 kB in 10 s. Packets stand in line for 20 ms, which both ends see.
Run full_link() {
  auto run = plain();
  run.cpu.busy = run.cpu.busiest_thread = 0.05;
  run.tally.body_bytes = 60'000'000;
  run.tally.latency.clear();
  for (int i = 0; i < 1000; ++i) run.tally.latency.record(500ms);
  run.tally.time_in_phase[index(Phase::read)] = 450s;
  run.tally.time_in_phase[index(Phase::wait)] = 50s;
  run.way.emplace();
  run.way->client = side(0.0001, 0.020, 20);
  run.way->client.bytes_received = 61'000'000;
  run.way->client.bytes_sent = 50'000;
  run.way->server = side(0.0001, 0.021, 490);
  run.way->server.looks_app_limited = 480;  // each response is written in one piece
  return run;
}

TEST(Bandwidth, AFullLinkThatBothEndsSee) {
  const auto told = diagnose(full_link());
  EXPECT_EQ(told.verdict.limited_by, "bandwidth");
  EXPECT_FALSE(told.verdict.valid);
  const auto* found = find(told, "bandwidth");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->certainty, Certainty::measured);
  EXPECT_THAT(found->headline, HasSubstr("link is full: it carried 48.8 Mbit/s"));
  EXPECT_FALSE(find(told, "slow-body"));
}

TEST(Bandwidth, NotIfTheRoundTripIsAsEver) {
  auto run = full_link();
  run.way->client.rtt = run.way->server.rtt = 0.0003;
  EXPECT_EQ(limited_by(run), "slow-body");
  EXPECT_THAT(find(diagnose(run), "slow-body")->why, HasSubstr("saw no full link"));
  // Or is long from the start.
  run = full_link();
  run.way->client.min_rtt = run.way->server.min_rtt = 0.015;
  run.tally.connect.clear();
  run.tally.connect.record(15ms);
  EXPECT_NE(limited_by(run), "bandwidth");
}

// Its connections began while the queue was full; the other end's did not.
TEST(Bandwidth, TheShorterOfBothShortestRoundTripsCounts) {
  auto run = full_link();
  run.way->server.min_rtt = 0.015;
  EXPECT_EQ(limited_by(run), "bandwidth");
}

// Large responses: the client sends so rarely that it knows no recent round trip.
TEST(Bandwidth, ASenderThatAlwaysHasMoreSeesItAlone) {
  auto run = full_link();
  run.way->client.rtt = 0.0004;
  run.way->server.looks_app_limited = 40;
  EXPECT_EQ(limited_by(run), "bandwidth");
  run.way->server.rtt = 0.0003;
  EXPECT_NE(limited_by(run), "bandwidth");
}

// The client acknowledges late, and the server's Nagle algorithm waits for that.
TEST(Bandwidth, NotIfOneEndAloneHasTheQueue) {
  auto run = full_link();
  run.way->client.rtt = 0.0004;
  run.way->server.rtt = 0.040;
  EXPECT_NE(limited_by(run), "bandwidth");
  // No acknowledgement is delayed so long.
  run.way->server.rtt = 0.080;
  EXPECT_EQ(find(diagnose(run), "bandwidth")->certainty, Certainty::concluded);
  run.way->server.looks_sending = 300;
  EXPECT_NE(limited_by(run), "bandwidth");
  run.way->server.looks_sending = 490;
  run.way->server.rtt = 0.040;
  run.way->client.rtt = 0.005;  // its program is slow to answer
  EXPECT_NE(limited_by(run), "bandwidth");
}

TEST(Bandwidth, NotIfTheServerHasNothingToSend) {
  auto run = full_link();
  run.way->server.looks_sending = 30;
  EXPECT_NE(limited_by(run), "bandwidth");
}

TEST(Bandwidth, NotIfSomebodyIsBusyOrTheKernelDoesNotTell) {
  auto run = full_link();
  run.cpu.busy = run.cpu.busiest_thread = 0.95;
  EXPECT_NE(limited_by(run), "bandwidth");
  run = full_link();
  run.way.reset();
  EXPECT_EQ(limited_by(run), "slow-body");
  run = full_link();
  run.way->client.looks = 3;
  EXPECT_EQ(limited_by(run), "slow-body");
}

TEST(Bandwidth, FromOneEndItIsLessSure) {
  auto run = full_link();
  run.way->server = {};
  run.way->client.bytes_received = 100'000'000;
  EXPECT_EQ(find(diagnose(run), "bandwidth")->certainty, Certainty::possible);
  run.way->client.rtt = 0.060;  // no acknowledgement is delayed so long
  EXPECT_EQ(find(diagnose(run), "bandwidth")->certainty, Certainty::concluded);
  // A server of another system that takes its time may delay it longer.
  std::swap(run.tally.time_in_phase[index(Phase::read)],
            run.tally.time_in_phase[index(Phase::wait)]);
  EXPECT_FALSE(find(diagnose(run), "bandwidth"));
  std::swap(run.tally.time_in_phase[index(Phase::read)],
            run.tally.time_in_phase[index(Phase::wait)]);
  // Small responses of a server that takes 20 ms look alike.
  run.way->client.rtt = 0.020;
  run.way->client.bytes_received = 10'000'000;
  EXPECT_FALSE(find(diagnose(run), "bandwidth"));
}

TEST(Bandwidth, AFullWindow) {
  auto run = full_link();
  run.way->server.window_limited = 0.8 * run.way->server.sending;
  EXPECT_THAT(find(diagnose(run), "bandwidth")->headline, HasSubstr("receive window is full"));
  run.way->server.window_limited = 0.1 * run.way->server.sending;
  run.way->server.buffer_limited = 0.7 * run.way->server.sending;
  EXPECT_THAT(find(diagnose(run), "bandwidth")->headline, HasSubstr("send buffer is too small"));
}

TEST(Bandwidth, AFullWindowOfAServerThatDoesNotRead) {
  auto run = full_link();
  std::swap(run.way->client.bytes_sent, run.way->client.bytes_received);
  run.way->client.looks_sending = 490;
  run.way->client.sending = 400;
  run.way->client.window_limited = 390;
  EXPECT_THAT(find(diagnose(run), "bandwidth")->headline, HasSubstr("hammer could not send"));
}

// A second in its queue is a lost SYN to the one that waits for the answer.
TEST(Bandwidth, AFullLinkLosesSynsToo) {
  auto run = full_link();
  run.counters["TcpExt.TCPSynRetrans"] = 33;
  run.tally.time_in_phase[index(Phase::connect)] = 70s;
  run.tally.time_in_phase[index(Phase::read)] = 400s;
  const auto told = diagnose(run);
  EXPECT_EQ(told.verdict.limited_by, "bandwidth");
  ASSERT_TRUE(find(told, "listen-queue"));
  EXPECT_EQ(find(told, "listen-queue")->severity, Severity::warning);
  EXPECT_THAT(find(told, "listen-queue")->why, HasSubstr("link is full"));
  run.way.reset();
  EXPECT_EQ(limited_by(run), "listen-queue");
}

Run lossy() {
  auto run = plain();
  run.cpu.busy = run.cpu.busiest_thread = 0.05;
  run.tally.latency.record(250ms, 20);
  run.counters = {{"Tcp.OutSegs", 100'000}, {"Tcp.RetransSegs", 2'000}};
  run.way.emplace();
  run.way->client = side(0.0001, 0.0002, 20);
  run.way->server = side(0.0001, 0.0002, 20);
  run.way->client.segments_resent = 1'000;
  run.way->interface = {"eth7", 0, 0, 3, 44};
  return run;
}

TEST(PacketLoss, OfTheRunsOwnSockets) {
  const auto told = diagnose(lossy());
  EXPECT_EQ(told.verdict.limited_by, "packet-loss");
  const auto* found = find(told, "packet-loss");
  EXPECT_THAT(found->headline, HasSubstr("1,000 segments were sent again, 0.5% of those that the "
                                         "run's connections sent"));
  EXPECT_THAT(found->evidence,
              testing::Contains(testing::Field(&Evidence::what, HasSubstr("eth7"))));
}

// Tail loss probes of a server that is slow to answer: the other end had all of it.
TEST(PacketLoss, NotWhatCameTwice) {
  auto run = lossy();
  run.way.reset();
  EXPECT_TRUE(find(diagnose(run), "packet-loss"));
  run.counters["TcpExt.TCPDSACKRecv"] = 1'995;
  EXPECT_FALSE(find(diagnose(run), "packet-loss"));
}

TEST(PacketLoss, NotThatOfOthers) {
  auto run = lossy();
  run.way->client.segments_resent = 0;
  EXPECT_FALSE(find(diagnose(run), "packet-loss"));
  run.tally.attempts_connected = 10'000;  // of which few were seen
  EXPECT_FALSE(find(diagnose(run), "packet-loss"));
}

// Those that wait for a retransmission are seen most, so their share says nothing.
TEST(PacketLoss, WhereFewSocketsWereSeenTheNetworkCounts) {
  auto run = lossy();
  run.tally.attempts_connected = 10'000;
  EXPECT_THAT(find(diagnose(run), "packet-loss")->headline,
              HasSubstr("2,000 segments were sent again, 2.0% of those that this machine sent"));
  run.way.reset();
  EXPECT_TRUE(find(diagnose(run), "packet-loss"));
}

TEST(NetworkLatency, TheKernelsShortestRoundTripCounts) {
  auto run = plain();
  run.cpu.busy = run.cpu.busiest_thread = 0.05;
  run.tally.connect.clear();
  run.tally.latency.clear();
  for (int i = 0; i < 1000; ++i) run.tally.latency.record(20ms);
  run.tally.connect.record(15ms);
  EXPECT_EQ(limited_by(run), "network-latency");
  run.way.emplace();
  run.way->client = side(0.0002, 0.010, 20);  // that connect alone was slow
  EXPECT_NE(limited_by(run), "network-latency");
  run.way->client.min_rtt = 0.014;
  EXPECT_EQ(limited_by(run), "network-latency");
}

// 990 of 1,000 ports towards the upstream, and 900 of 1,000 answers are a 502.
Run proxy() {
  auto run = plain();
  run.tally.responses_by_status[200] = 100;
  run.tally.responses_by_status[502] = 900;
  run.tally.latency.clear();
  run.tally.latency.record(1ms, 100);
  run.tally.latency_of_refused.record(1ms, 900);
  run.upstreams.emplace();
  run.upstreams->all = {{"127.0.0.1:9000", 990, 980, 0}, {"127.0.0.1:9001", 5, 0, 0}};
  run.upstreams->usable_ports = 1000;
  run.upstreams->range = PortRange{30000, 30999};
  run.upstreams->reuse = TimeWaitReuse::Off;
  return run;
}

TEST(UpstreamPorts, UsedUp) {
  const auto told = diagnose(proxy());
  EXPECT_EQ(told.verdict.limited_by, "upstream-ports");
  EXPECT_FALSE(told.verdict.valid);
  EXPECT_FALSE(told.verdict.rate_is_servers);
  EXPECT_THAT(told.verdict.sentence, HasSubstr("100 of 1,000 requests succeeded"));
  const auto* found = find(told, "upstream-ports");
  EXPECT_THAT(found->headline, HasSubstr("towards 127.0.0.1:9000 were used up: 990 of 1,000"));
  EXPECT_EQ(found->certainty, Certainty::concluded);
}

TEST(UpstreamPorts, NotIfThereAreSome) {
  auto run = proxy();
  run.upstreams->all.front().ports = 500;
  EXPECT_EQ(limited_by(run), "refusals");
  EXPECT_THAT(find(diagnose(run), "refusals")->why, HasSubstr("It had source ports left"));
  run.upstreams->all.clear();
  EXPECT_EQ(limited_by(run), "refusals");
  run.upstreams.reset();
  EXPECT_EQ(limited_by(run), "refusals");
  EXPECT_THAT(find(diagnose(run), "refusals")->why, HasSubstr("One possible reason"));
  run = proxy();
  run.upstreams->usable_ports.reset();
  EXPECT_EQ(limited_by(run), "refusals");
}

TEST(UpstreamPorts, AWarningIfAllWasAnswered) {
  auto run = proxy();
  run.tally.responses_by_status[200] = 1000;
  run.tally.responses_by_status[502] = 0;
  run.tally.latency.record(1ms, 900);
  run.tally.latency_of_refused.clear();
  const auto told = diagnose(run);
  EXPECT_EQ(find(told, "upstream-ports")->severity, Severity::warning);
  EXPECT_NE(told.verdict.limited_by, "upstream-ports");
}

TEST(UpstreamPorts, NoRemedyThatIsThereAlready) {
  auto run = proxy();
  const auto offered = [&] {
    const auto told = diagnose(run);
    return std::ranges::any_of(find(told, "upstream-ports")->remedies, [](const Remedy& remedy) {
      return remedy.action.find("tcp_tw_reuse") != std::string::npos;
    });
  };
  EXPECT_TRUE(offered());
  run.upstreams->reuse = TimeWaitReuse::On;
  EXPECT_FALSE(offered());
}

}  // namespace
}  // namespace tws::diagnosis
