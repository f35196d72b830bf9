#include "load/source_ports.hpp"

#include <gtest/gtest.h>

#include <set>
#include <utility>

namespace tws::load {
namespace {

const std::vector<asio::ip::address> two{asio::ip::make_address("127.0.0.1"),
                                         asio::ip::make_address("127.0.0.2")};

TEST(SourcePorts, ComeInTurnAndAgain) {
  SourcePorts ports({1000, 1002}, {}, {}, 0, 1);
  EXPECT_EQ(ports.size(), 3u);
  for (const int port : {1000, 1001, 1002, 1000, 1001}) {
    const auto next = ports.next();
    EXPECT_EQ(next.port, port);
    EXPECT_EQ(next.address, std::nullopt);
  }
}

TEST(SourcePorts, LeaveReservedOnesOut) {
  SourcePorts ports({1000, 1005}, {{900, 1001}, {1003, 1003}}, {}, 0, 1);
  EXPECT_EQ(ports.size(), 3u);
  for (const int port : {1002, 1004, 1005, 1002}) EXPECT_EQ(ports.next().port, port);
  EXPECT_EQ(SourcePorts({1000, 1005}, {{1000, 1005}}, {}, 0, 1).size(), 0u);
}

// The last port of all is no reason to begin at 0.
TEST(SourcePorts, ReachTheHighestPort) {
  SourcePorts ports({65534, 65535}, {}, {}, 0, 1);
  EXPECT_EQ(ports.size(), 2u);
  for (const int port : {65534, 65535, 65534}) EXPECT_EQ(ports.next().port, port);
}

// Every pair belongs to one worker, and each worker sees all of its own before the first again.
TEST(SourcePorts, AreSharedOutBetweenWorkers) {
  for (const std::uint64_t workers : {1u, 2u, 3u, 7u}) {
    std::set<std::pair<asio::ip::address, std::uint16_t>> seen;
    for (std::uint64_t worker = 0; worker < workers; ++worker) {
      SourcePorts ports({1000, 1009}, {}, two, worker, workers);
      const auto first = ports.next();
      for (std::uint64_t i = 1; i <= ports.size(); ++i) {
        const auto pair = i == 1 ? first : ports.next();
        EXPECT_TRUE(seen.insert({*pair.address, pair.port}).second);
      }
      const auto again = ports.next();
      EXPECT_EQ(again.port, first.port);
      EXPECT_EQ(again.address, first.address);
    }
    EXPECT_EQ(seen.size(), 20u);
  }
}

}  // namespace
}  // namespace tws::load
