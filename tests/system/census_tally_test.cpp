#include "system/census_tally.hpp"

#include "rows.hpp"

#include <gmock/gmock.h>

#include <cerrno>

namespace tws {
namespace {

using boost::asio::ip::make_address;
using boost::asio::ip::tcp;
using boost::system::error_code;

// On whatever address.
tcp::endpoint port(std::uint16_t number) {
  return {tcp::v4(), number};
}

tcp::endpoint target(std::string_view address, std::uint16_t number) {
  return {make_address(address), number};
}

SocketRow row(TcpState state, Endpoint local, Endpoint remote) {
  return {state, local, remote};
}

// What lies on this machine when two of its programs talk, plus a bystander.
const std::vector<SocketRow> table{
    row(TcpState::Listen, endpoint("0.0.0.0", 80), endpoint("0.0.0.0", 0)),
    row(TcpState::Established, endpoint("10.0.0.1", 40001), endpoint("10.0.0.2", 80)),
    row(TcpState::Established, endpoint("10.0.0.2", 80), endpoint("10.0.0.1", 40001)),
    row(TcpState::TimeWait, endpoint("10.0.0.1", 40002), endpoint("10.0.0.2", 80)),
    row(TcpState::TimeWait, endpoint("10.0.0.1", 40002), endpoint("10.0.0.3", 80)),
    row(TcpState::Established, endpoint("10.0.0.1", 40003), endpoint("10.0.0.9", 443)),
};

Census tally(const CensusFilter& filter, const std::vector<SocketRow>& rows) {
  const auto walk = [&](Rows, const RowSink& on_row) {
    for (const auto& each : rows) on_row(each);
    return error_code{};
  };
  return count_sockets(filter, CensusSource::Procfs, walk).value();
}

TEST(CensusTally, ThePortDecidesTheSide) {
  const auto census = tally({{port(80)}}, table);
  EXPECT_EQ(census.client, counts({{TcpState::Established, 1}, {TcpState::TimeWait, 2}}));
  EXPECT_EQ(census.server, counts({{TcpState::Listen, 1}, {TcpState::Established, 1}}));
  EXPECT_EQ(census.client.total(), 3u);
  EXPECT_EQ(census.source, CensusSource::Procfs);
}

TEST(CensusTally, OtherSourcesAreOtherClients) {
  const std::vector<SocketRow> rows{
      row(TcpState::TimeWait, endpoint("127.0.0.1", 40001), endpoint("127.0.0.9", 80)),
      row(TcpState::TimeWait, endpoint("127.0.0.2", 40002), endpoint("127.0.0.9", 80)),
      row(TcpState::TimeWait, endpoint("::ffff:127.0.0.2", 40003), endpoint("127.0.0.9", 80)),
  };
  CensusFilter filter{{port(80)}};
  EXPECT_EQ(tally(filter, rows).client.total(), 3u);
  filter.sources = {make_address("127.0.0.2")};
  const auto census = tally(filter, rows);
  EXPECT_EQ(census.client.total(), 2u);
  EXPECT_EQ(census.client_ports, 2u);
  filter.sources = {make_address("127.0.0.3")};
  EXPECT_EQ(tally(filter, rows).client.total(), 0u);
}

TEST(CensusTally, PortsAreCountedOnce) {
  EXPECT_EQ(tally({{port(80)}}, table).client_ports, 2u);  // 40002 has two targets
  EXPECT_EQ(tally({{port(80), port(443)}}, table).client_ports, 3u);
  EXPECT_EQ(tally({{port(22)}}, table).client_ports, 0u);
  EXPECT_EQ(tally({{port(80)}, PortRange{1, 9}}, table).client_ports, 0u);
  EXPECT_EQ(tally({{port(80)}, PortRange{40002, 40002}}, table).client_ports, 1u);
  EXPECT_EQ(tally({{port(80)}, {}, {{40000, 40001}}}, table).client_ports, 1u);
}

TEST(CensusTally, AnotherPortShowsNothing) {
  const auto census = tally({{port(22)}}, table);
  EXPECT_EQ(census.client, StateCounts{});
  EXPECT_EQ(census.server, StateCounts{});
}

TEST(CensusTally, WithoutTargetsListenersDecideTheSide) {
  const auto census = tally({}, table);
  EXPECT_EQ(census.client, counts({{TcpState::Established, 2}, {TcpState::TimeWait, 2}}));
  EXPECT_EQ(census.server, counts({{TcpState::Listen, 1}, {TcpState::Established, 1}}));
  EXPECT_EQ(census.client_ports, 3u);
}

TEST(CensusTally, TheListenerNeedNotComeFirst) {
  std::vector<SocketRow> reversed(table.rbegin(), table.rend());
  const auto census = tally({}, reversed);
  EXPECT_EQ(census.client.total(), 4u);
  EXPECT_EQ(census.server.total(), 2u);
}

TEST(CensusTally, AddressesOfTheTarget) {
  const auto census = tally({{target("10.0.0.2", 80)}}, table);
  EXPECT_EQ(census.client, counts({{TcpState::Established, 1}, {TcpState::TimeWait, 1}}));
  // The wildcard listener listens on 10.0.0.2, too.
  EXPECT_EQ(census.server, counts({{TcpState::Listen, 1}, {TcpState::Established, 1}}));
  const auto other = tally({{target("10.0.0.7", 80)}}, table);
  EXPECT_EQ(other.client, StateCounts{});
  EXPECT_EQ(other.server, counts({{TcpState::Listen, 1}}));
  const auto both = tally({{target("10.0.0.3", 80), target("10.0.0.2", 80)}}, table);
  EXPECT_EQ(both.client.total(), 3u);
}

TEST(CensusTally, ATargetIsAnAddressWithItsPort) {
  const std::vector<SocketRow> rows{
      row(TcpState::Listen, endpoint("0.0.0.0", 80), endpoint("0.0.0.0", 0)),
      row(TcpState::Listen, endpoint("10.0.0.2", 81), endpoint("0.0.0.0", 0)),
      row(TcpState::TimeWait, endpoint("10.0.0.1", 40001), endpoint("10.0.0.2", 80)),
      row(TcpState::TimeWait, endpoint("10.0.0.1", 40002), endpoint("10.0.0.3", 81)),
      row(TcpState::Established, endpoint("10.0.0.1", 40003), endpoint("10.0.0.2", 81)),
      row(TcpState::Established, endpoint("10.0.0.2", 81), endpoint("10.0.0.1", 40003)),
      row(TcpState::Established, endpoint("10.0.0.1", 40004), endpoint("10.0.0.3", 80)),
      row(TcpState::Established, endpoint("10.0.0.3", 80), endpoint("10.0.0.1", 40004))};
  const auto census = tally({{target("10.0.0.2", 80), target("10.0.0.3", 81)}}, rows);
  EXPECT_EQ(census.client, counts({{TcpState::TimeWait, 2}}));
  EXPECT_EQ(census.server, counts({{TcpState::Listen, 1}}));
  EXPECT_EQ(census.client_ports, 2u);
  // One with an address, the other without.
  const auto mixed = tally({{target("10.0.0.2", 80), port(81)}}, rows);
  EXPECT_EQ(mixed.client, counts({{TcpState::TimeWait, 2}, {TcpState::Established, 1}}));
  EXPECT_EQ(mixed.server, counts({{TcpState::Listen, 2}, {TcpState::Established, 1}}));
}

TEST(CensusTally, AWildcardAddressIsAnyOfEitherVersion) {
  auto rows = table;
  rows.push_back(row(TcpState::TimeWait, endpoint("::1", 40005), endpoint("::1", 80)));
  const auto census = tally({{port(80)}}, rows);
  EXPECT_EQ(census.client, counts({{TcpState::Established, 1}, {TcpState::TimeWait, 3}}));
  for (auto text : {"0.0.0.0", "::", "::ffff:0.0.0.0"})
    EXPECT_EQ(tally({{target(text, 80)}}, rows).client, census.client) << text;
}

TEST(CensusTally, OnlyAListenerIsOnEveryAddress) {
  const std::vector<SocketRow> rows{
      row(TcpState::Listen, endpoint("::", 80), endpoint("::", 0)),
      row(TcpState::Listen, endpoint("10.0.0.8", 80), endpoint("0.0.0.0", 0)),
      row(TcpState::Close, endpoint("0.0.0.0", 80), endpoint("0.0.0.0", 0))};
  EXPECT_EQ(tally({{target("10.0.0.2", 80)}}, rows).server, counts({{TcpState::Listen, 1}}));
}

TEST(CensusTally, MappedAddressesAreIpv4) {
  const std::vector<SocketRow> rows{
      row(TcpState::Established, endpoint("::ffff:10.0.0.2", 80), endpoint("10.0.0.1", 40001)),
      row(TcpState::Established, endpoint("10.0.0.1", 40001), endpoint("::ffff:10.0.0.2", 80))};
  for (auto text : {"10.0.0.2", "::ffff:10.0.0.2"}) {
    const auto census = tally({{target(text, 80)}}, rows);
    EXPECT_EQ(census.client.total(), 1u) << text;
    EXPECT_EQ(census.server.total(), 1u) << text;
  }
  const auto other = tally({{target("::10.0.0.2", 80)}}, rows);
  EXPECT_EQ(other.client.total() + other.server.total(), 0u);
}

TEST(CensusTally, AFailedWalkIsNoCensus) {
  const error_code refused(EPERM, boost::system::system_category());
  const auto fails_on = [&](Rows which) {
    return [=](Rows rows, const RowSink&) { return rows == which ? refused : error_code{}; };
  };
  EXPECT_EQ(count_sockets({}, CensusSource::Netlink, fails_on(Rows::Listening)).error(), refused);
  EXPECT_EQ(count_sockets({}, CensusSource::Netlink, fails_on(Rows::All)).error(), refused);
  // With targets, nobody asks for the listeners.
  EXPECT_TRUE(count_sockets({{port(80)}}, CensusSource::Netlink, fails_on(Rows::Listening)));
}

TEST(Census, StatesHaveLinuxsNamesAndNumbers) {
  std::vector<std::string_view> names;
  for (auto state : tcp_states) {
    names.push_back(name(state));
    EXPECT_EQ(static_cast<std::size_t>(state), names.size());
  }
  EXPECT_THAT(names, testing::ElementsAre("ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1",
                                          "FIN_WAIT2", "TIME_WAIT", "CLOSE", "CLOSE_WAIT",
                                          "LAST_ACK", "LISTEN", "CLOSING"));
}

}  // namespace
}  // namespace tws
