// How what the kernel counts for each socket adds up, from look to look.
#include "load/way_watch.hpp"

#include <gtest/gtest.h>

namespace tws::load {
namespace {

TcpNumbers numbers(std::uint64_t cookie, std::uint64_t segments, double rtt, bool sending = false) {
  TcpNumbers numbers;
  numbers.cookie = cookie;
  numbers.segments_sent = segments;
  numbers.segments_resent = segments / 10;
  numbers.rtt = rtt;
  numbers.min_rtt = rtt / 2;
  numbers.sending = sending;
  numbers.delivery_rate = 100;
  numbers.bytes_acknowledged = 1000 * segments;
  return numbers;
}

void look(WayTally& tally, const std::vector<TcpNumbers>& seen, bool all = true) {
  tally.begin_look();
  for (const auto& one : seen) tally.add(one);
  tally.end_look(all);
}

TEST(WayTally, ASocketCountsOnceAndItsGrowthIsAdded) {
  WayTally tally;
  look(tally, {numbers(1, 10, 0.010), numbers(2, 20, 0.020, true)});
  look(tally, {numbers(1, 30, 0.030)});
  look(tally, {numbers(1, 30, 0.030), numbers(3, 5, 0.004)});
  const WaySide side = tally.result();
  EXPECT_EQ(side.sockets, 3u);
  EXPECT_EQ(side.looks, 5u);
  EXPECT_EQ(side.looks_sending, 1u);
  EXPECT_EQ(side.segments_sent, 30u + 20 + 5);
  EXPECT_EQ(side.segments_resent, 3u + 2);
  EXPECT_DOUBLE_EQ(*side.min_rtt, 0.002);
  EXPECT_NEAR(*side.rtt, 0.010, 0.001);  // of 10, 20, 30 and 4 ms
  EXPECT_DOUBLE_EQ(side.delivery_rate, 200);
}

// A look at a part of them may leave one out, which is not a new one after that.
TEST(WayTally, WhatAPartOfALookLeftOutIsStillThere) {
  WayTally tally;
  look(tally, {numbers(1, 10, 0.010)}, false);
  look(tally, {numbers(2, 20, 0.010)}, false);
  look(tally, {numbers(1, 15, 0.010)}, false);
  EXPECT_EQ(tally.result().sockets, 2u);
  EXPECT_EQ(tally.result().segments_sent, 35u);
}

// Until data is acknowledged the kernel shows the handshake's.
TEST(WayTally, ARoundTripCountsWhenBytesWereAcknowledged) {
  WayTally tally;
  auto one = numbers(1, 10, 0.001);
  one.bytes_acknowledged = 1;  // the SYN
  look(tally, {one});
  look(tally, {one});
  EXPECT_FALSE(tally.result().rtt);
  EXPECT_DOUBLE_EQ(*tally.result().min_rtt, 0.0005);
  one.rtt = 0.030;
  one.bytes_acknowledged = 1000;
  look(tally, {one});
  EXPECT_NEAR(*tally.result().rtt, 0.030, 0.001);
  one.rtt = 0.001;  // of no new bytes
  look(tally, {one, one});
  EXPECT_NEAR(*tally.result().rtt, 0.030, 0.001);
}

TEST(WayTally, NothingSeen) {
  WayTally tally;
  look(tally, {});
  EXPECT_EQ(tally.result(), WaySide{});
}

TEST(WayTally, WhatTheKernelDoesNotTellIsNoRoundTrip) {
  WayTally tally;
  look(tally, {numbers(1, 10, 0)});
  EXPECT_FALSE(tally.result().rtt);
  EXPECT_FALSE(tally.result().min_rtt);
}

}  // namespace
}  // namespace tws::load
