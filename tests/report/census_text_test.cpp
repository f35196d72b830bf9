#include "report/census_text.hpp"

#include <gmock/gmock.h>

namespace tws {
namespace {

using testing::HasSubstr;
using testing::Not;

Census census() {
  Census census;
  census.client[TcpState::TimeWait] = 16384;
  census.client[TcpState::Established] = 2;
  census.server[TcpState::Established] = 2;
  census.server[TcpState::Listen] = 1;
  census.client_ports = 16386;
  census.seconds = 0.0123;
  return census;
}

TEST(CensusText, IsATableBySideAndState) {
  Limits limits;
  limits.ports = PortRange{32768, 60999};
  EXPECT_EQ(census_text(census(), limits, {}),
            "Sockets:\n"
            "                   client     server\n"
            "  ESTABLISHED           2          2\n"
            "  TIME_WAIT        16,384          0\n"
            "  LISTEN                0          1\n"
            "Client ports in use: 16,386 of 28,232 (32768-60999), 58.04%\n"
            "Counted by NETLINK_SOCK_DIAG in 12.3 ms\n");
}

TEST(CensusText, CountsReservedPortsOut) {
  Limits limits;
  limits.ports = PortRange{32768, 60999};
  limits.usable_ports = 20000;
  EXPECT_THAT(census_text(census(), limits, {}), HasSubstr("of 20,000 (32768-60999), 81.93%"));
  EXPECT_THAT(census_text(census(), limits, {true, false, 80}), HasSubstr("\x1b[33m81.93%"));
}

TEST(CensusText, WithoutSocketsAndLimits) {
  EXPECT_EQ(census_text({}, {}, {true, true, 80}),
            "Sockets:\n  none\nClient ports in use: 0\nCounted by NETLINK_SOCK_DIAG in 0.00 us\n");
}

TEST(CensusJson, HasEveryStateAndThePorts) {
  Limits limits;
  limits.ports = PortRange{32768, 60999};
  const auto json = census_json(census(), limits, "2026-11-24T08:16:35.123Z");
  EXPECT_EQ(json.at("time"), "2026-11-24T08:16:35.123Z");
  EXPECT_EQ(json.at_pointer("/client/TIME_WAIT"), 16384u);
  EXPECT_EQ(json.at_pointer("/server/TIME_WAIT"), 0u);
  EXPECT_EQ(json.at_pointer("/ports/used"), 16386u);
  EXPECT_EQ(json.at_pointer("/ports/of"), 28232u);
  EXPECT_EQ(json.at_pointer("/ports/high"), 60999);
}

TEST(CensusJson, UnknownLimitsAreNull) {
  const auto json = census_json({}, {}, "");
  EXPECT_EQ(json.at_pointer("/ports/of"), nullptr);
  EXPECT_EQ(json.at_pointer("/ports/low"), nullptr);
  EXPECT_EQ(json.at_pointer("/ports/used"), 0u);
}

}  // namespace
}  // namespace tws
