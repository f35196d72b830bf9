#include "tws/system/counters.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <gmock/gmock.h>

namespace tws {
namespace {

using testing::Contains;
using testing::Ge;
using testing::IsEmpty;
using testing::Key;
using testing::Not;
using testing::Pair;
using testing::UnorderedElementsAre;

TEST(Counters, ADifferenceIsWhatMoved) {
  const Counters before{{"TcpExt.TW", 100}, {"TcpExt.ListenDrops", 7}, {"Tcp.OutRsts", 1}};
  const Counters after{{"TcpExt.TW", 116}, {"TcpExt.ListenDrops", 7}, {"Tcp.OutRsts", 0}};
  EXPECT_THAT(difference(before, after),
              UnorderedElementsAre(Pair("TcpExt.TW", 16), Pair("Tcp.OutRsts", -1)));
  EXPECT_THAT(difference(before, before), IsEmpty());
}

TEST(Counters, WhatOnlyOneSideHasIsNoDifference) {
  const Counters some{{"TcpExt.TW", 100}};
  EXPECT_THAT(difference({}, some), IsEmpty());
  EXPECT_THAT(difference(some, {}), IsEmpty());
}

TEST(Counters, GaugesAndConstantsAreNoCounters) {
  const Counters before{{"Tcp.CurrEstab", 1},
                        {"Tcp.RtoMin", 200},
                        {"Tcp.RtoMax", 1},
                        {"Tcp.MaxConn", -1},
                        {"Tcp.RtoAlgorithm", 1}};
  const Counters after{{"Tcp.CurrEstab", 9},
                       {"Tcp.RtoMin", 100},
                       {"Tcp.RtoMax", 2},
                       {"Tcp.MaxConn", 5},
                       {"Tcp.RtoAlgorithm", 2}};
  EXPECT_THAT(difference(before, after), IsEmpty());
}

TEST(Counters, AClosedConnectionMovesThem) {
  using boost::asio::ip::tcp;
  const Counters before = read_counters();
  if (before.empty()) GTEST_SKIP() << "this system shows no counters";
  boost::asio::io_context context;
  tcp::acceptor acceptor(context, {boost::asio::ip::address_v4::loopback(), 0});
  tcp::socket client(context);
  client.connect(acceptor.local_endpoint());
  tcp::socket server = acceptor.accept();
  client.close();
  server.close();
  // The last FIN is answered at the latest when its TIME_WAIT can be seen.
  Counters moved;
  for (int tries = 0; tries < 100'000 && !moved.contains("TcpExt.TW"); ++tries)
    moved = difference(before, read_counters());
  // Others on this machine open and close connections as well.
  EXPECT_THAT(moved, Contains(Pair("TcpExt.TW", Ge(1))));
  EXPECT_THAT(moved, Contains(Pair("Tcp.ActiveOpens", Ge(1))));
  EXPECT_THAT(moved, Contains(Pair("Tcp.PassiveOpens", Ge(1))));
  EXPECT_THAT(moved, Not(Contains(Key("Tcp.CurrEstab"))));
  EXPECT_THAT(moved, Not(Contains(Key("Tcp.RtoMin"))));
  EXPECT_THAT(moved, Not(Contains(Pair(testing::_, 0))));
}

}  // namespace
}  // namespace tws
