// Whom a server connects to, and the interface on the way: pure, from rows made by hand.
#include "system/upstream.hpp"

#include "rows.hpp"
#include "system/interface.hpp"

#include <gmock/gmock.h>

namespace tws {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

SocketRow row(TcpState state, const Endpoint& local, const Endpoint& remote,
              std::uint32_t inode = 0) {
  return {state, local, remote, inode};
}

const Endpoint web = endpoint("127.0.0.1", 80), behind = endpoint("10.0.0.9", 9000),
               nobody = endpoint("0.0.0.0", 0);
Endpoint own(std::uint16_t port, const char* address = "10.0.0.1") {
  return endpoint(address, port);
}

TEST(Upstream, IsWhatItConnectsToAndNotWhoConnectsToIt) {
  const std::vector<SocketRow> rows{
      row(TcpState::Listen, endpoint("0.0.0.0", 80), nobody, 1),
      row(TcpState::Established, web, endpoint("127.0.0.1", 40001), 2),  // accepted
      row(TcpState::SynSent, own(30001), behind, 3),
      row(TcpState::Established, own(30002), endpoint("10.0.0.8", 5432), 99),  // another program's
  };
  EXPECT_THAT(upstreams_among(rows, {1, 2, 3}), ElementsAre(behind));
  EXPECT_THAT(upstreams_among(rows, {1, 2}), IsEmpty());
  EXPECT_THAT(upstreams_among({}, {1}), IsEmpty());
}

TEST(Upstream, PortsAreCountedOfTheAddressThatHasMost) {
  UpstreamTally tally({behind});
  for (std::uint16_t port = 1; port <= 5; ++port)
    tally.add(row(TcpState::TimeWait, own(port), behind));
  tally.add(row(TcpState::SynSent, own(6), behind));
  for (std::uint16_t port = 1; port <= 3; ++port)
    tally.add(row(TcpState::TimeWait, own(port, "10.0.0.2"), behind));
  tally.add(row(TcpState::TimeWait, behind, own(7)));  // the other end of one
  tally.add(row(TcpState::TimeWait, own(8), endpoint("10.0.0.9", 9001)));
  EXPECT_THAT(tally.result(), ElementsAre(std::pair(behind, PortsTowards{6, 5, 1})));
}

const std::string net_dev =
    "Inter-|   Receive                                                |  Transmit\n"
    " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop "
    "fifo colls carrier compressed\n"
    "    lo: 100 1 2 3 0 0 0 0 200 1 4 5 0 0 0 0\n"
    "eth0.7: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n"
    "broken: 1 2\n";

TEST(Interface, IsFoundByItsName) {
  EXPECT_EQ(parse_net_dev(net_dev, "lo"), (InterfaceUse{"lo", 100, 200, 6, 8}));
  EXPECT_EQ(parse_net_dev(net_dev, "eth0.7"), (InterfaceUse{"eth0.7", 1, 1, 0, 0}));
  for (const char* none : {"eth0", "broken", "face |bytes", ""})
    EXPECT_FALSE(parse_net_dev(net_dev, none)) << none;
}

TEST(Interface, Between) {
  const InterfaceUse before{"lo", 1, 2, 3, 4}, after{"lo", 11, 22, 3, 1};
  EXPECT_EQ(interface_between(before, after), (InterfaceUse{"lo", 10, 20, 0, 0}));
  EXPECT_FALSE(interface_between({}, after));
  EXPECT_FALSE(interface_between(InterfaceUse{"eth0"}, after));
}

}  // namespace
}  // namespace tws
