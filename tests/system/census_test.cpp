// The census against a real kernel: sockets are opened here, and counted.
#include "tws/system/census.hpp"

#include "own_network.hpp"
#include "rows.hpp"
#include "system/linux/census.hpp"
#include "system/sockstat.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <numeric>
#include <sstream>
#include <string>
#include <thread>
#include <unistd.h>

namespace tws {
namespace {

namespace asio = boost::asio;
using asio::ip::make_address;
using asio::ip::tcp;

struct Connection {
  tcp::socket client;
  tcp::socket server;
};

class CensusTest : public testing::Test {
 protected:
  Connection connect(const char* address = "127.0.0.1") {
    tcp::socket client(context_);
    client.connect({make_address(address), port_});
    return {std::move(client), acceptor_.accept()};
  }

  void listen(const char* address) {
    acceptor_ = tcp::acceptor(context_);
    const tcp::endpoint wanted(make_address(address), 0);
    acceptor_.open(wanted.protocol());
    if (wanted.address().is_v6()) acceptor_.set_option(asio::ip::v6_only(false));
    acceptor_.bind(wanted);
    acceptor_.listen();
    port_ = acceptor_.local_endpoint().port();
  }

  // A close is done when its last segment has been answered: soon, but not at once.
  Census settled(const CensusFilter& filter, const StateCounts& client, const StateCounts& server) {
    Census census;
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    do {
      census = take_census(filter).value();
      if (census.client == client && census.server == server) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    } while (std::chrono::steady_clock::now() < patience);
    EXPECT_EQ(census.client, client);
    EXPECT_EQ(census.server, server);
    return census;
  }

  static CensusFilter any_address(std::vector<std::uint16_t> ports) {
    CensusFilter filter;
    for (auto port : ports) filter.targets.emplace_back(tcp::v4(), port);
    return filter;
  }

  CensusFilter filter() const { return any_address({port_}); }
  CensusFilter filter(const char* address) const { return {{{make_address(address), port_}}}; }

  // So nobody else's TIME_WAIT has one of our ports. False: the census sees other programs as well.
  bool isolated_ = enter_own_network();
  asio::io_context context_;
  tcp::acceptor acceptor_{context_, {asio::ip::address_v4::loopback(), 0}};
  std::uint16_t port_ = acceptor_.local_endpoint().port();
};

using enum TcpState;

TEST_F(CensusTest, AListenerIsOnTheServersSide) {
  const auto census = settled(filter(), {}, counts({{Listen, 1}}));
  EXPECT_EQ(census.client_ports, 0u);
  EXPECT_EQ(census.source, CensusSource::Netlink);
  EXPECT_GT(census.seconds, 0);
}

TEST_F(CensusTest, AConnectionIsTwoSockets) {
  const auto a = connect(), b = connect(), c = connect();
  const auto census =
      settled(filter(), counts({{Established, 3}}), counts({{Listen, 1}, {Established, 3}}));
  EXPECT_EQ(census.client_ports, 3u);
}

TEST_F(CensusTest, TheClientClosesFirst) {
  auto connection = connect();
  connection.client.close();
  settled(filter(), counts({{FinWait2, 1}}), counts({{Listen, 1}, {CloseWait, 1}}));
  connection.server.close();
  settled(filter(), counts({{TimeWait, 1}}), counts({{Listen, 1}}));
  if (isolated_) {
    EXPECT_EQ(read_sockstat().value().time_wait, 1u);
  }
}

TEST_F(CensusTest, TheServerClosesFirst) {
  auto connection = connect();
  connection.server.close();
  connection.client.close();
  const auto census = settled(filter(), {}, counts({{Listen, 1}, {TimeWait, 1}}));
  EXPECT_EQ(census.client_ports, 0u);
}

TEST_F(CensusTest, AResetLeavesNothing) {
  auto connection = connect();
  connection.client.set_option(asio::socket_base::linger(true, 0));
  connection.client.close();
  connection.server.close();
  settled(filter(), {}, counts({{Listen, 1}}));
}

TEST_F(CensusTest, AnotherPortShowsNothing) {
  const auto connection = connect();
  tcp::socket unused(context_);
  unused.open(tcp::v4());
  unused.bind({asio::ip::address_v4::loopback(), 0});  // so that nobody else has it
  settled(any_address({unused.local_endpoint().port()}), {}, {});
}

TEST_F(CensusTest, SeveralPorts) {
  const auto first = connect();
  const auto first_port = port_;
  const auto first_acceptor = std::move(acceptor_);
  listen("127.0.0.1");
  const auto second = connect(), third = connect();
  settled(any_address({first_port}), counts({{Established, 1}}),
          counts({{Listen, 1}, {Established, 1}}));
  settled(any_address({first_port, port_}), counts({{Established, 3}}),
          counts({{Listen, 2}, {Established, 3}}));
  // Too many for the kernel's filter. Nobody has such low ports here.
  std::vector<std::uint16_t> many(100);
  std::iota(many.begin(), many.end(), std::uint16_t{1});
  many.push_back(port_);
  settled(any_address(many), counts({{Established, 2}}), counts({{Listen, 1}, {Established, 2}}));
}

TEST_F(CensusTest, AddressesOfTheTarget) {
  listen("0.0.0.0");
  const auto one = connect("127.0.0.1"), two = connect("127.0.0.2");
  settled(filter(), counts({{Established, 2}}), counts({{Listen, 1}, {Established, 2}}));
  settled(filter("127.0.0.2"), counts({{Established, 1}}), counts({{Listen, 1}, {Established, 1}}));
  settled(filter("127.0.0.3"), {}, counts({{Listen, 1}}));
}

TEST_F(CensusTest, ATargetIsAnAddressWithItsPort) {
  listen("0.0.0.0");
  const auto first_port = port_;
  const auto one = connect("127.0.0.1"), other = connect("127.0.0.2");
  const auto first_acceptor = std::move(acceptor_);
  listen("0.0.0.0");
  const auto two = connect("127.0.0.2"), bystander = connect("127.0.0.1");
  const CensusFilter pairs{
      {{make_address("127.0.0.1"), first_port}, {make_address("127.0.0.2"), port_}}};
  const auto census =
      settled(pairs, counts({{Established, 2}}), counts({{Listen, 2}, {Established, 2}}));
  EXPECT_EQ(census.client_ports, 2u);
  EXPECT_EQ(procfs_census(pairs).value().client, census.client);
}

TEST_F(CensusTest, ADualStackListener) {
  try {
    listen("::");
  } catch (const boost::system::system_error& error) {
    GTEST_SKIP() << "no IPv6: " << error.what();
  }
  const auto connection = connect("127.0.0.1");
  for (const auto* text : {"127.0.0.1", "::ffff:127.0.0.1"})
    settled(filter(text), counts({{Established, 1}}), counts({{Listen, 1}, {Established, 1}}));
}

TEST_F(CensusTest, WithoutTargetsTheListenerDecides) {
  if (!isolated_) GTEST_SKIP() << "this system allows no network namespaces";
  auto open = connect(), closed = connect();
  closed.client.close();
  closed.server.close();
  settled({}, counts({{Established, 1}, {TimeWait, 1}}), counts({{Listen, 1}, {Established, 1}}));
  acceptor_.close();
  const auto census = settled({}, counts({{Established, 2}, {TimeWait, 1}}), {});
  EXPECT_EQ(census.client_ports, 3u);
}

TEST_F(CensusTest, NetlinkAndProcfsAgree) {
  listen("0.0.0.0");
  auto open = connect(), half = connect(), closed = connect();
  half.server.close();
  closed.client.close();
  closed.server.close();
  settled(filter(), counts({{Established, 1}, {CloseWait, 1}, {TimeWait, 1}}),
          counts({{Listen, 1}, {Established, 1}, {FinWait2, 1}}));
  for (const auto& each : {filter(), filter("127.0.0.1"), filter("127.0.0.9")}) {
    Census by_netlink = netlink_census(each).value();
    const Census by_procfs = procfs_census(each).value();
    EXPECT_EQ(by_procfs.source, CensusSource::Procfs);
    by_netlink.source = by_procfs.source;
    by_netlink.seconds = by_procfs.seconds;
    EXPECT_EQ(by_netlink, by_procfs);
  }
}

std::string output_of(const std::string& command) {
  std::string output;
  FILE* pipe = popen(command.c_str(), "r");
  std::array<char, 4096> chunk;
  while (const auto size = std::fread(chunk.data(), 1, chunk.size(), pipe))
    output.append(chunk.data(), size);
  pclose(pipe);
  return output;
}

TEST_F(CensusTest, TheSameAsSs) {
  if (output_of("command -v ss").empty()) GTEST_SKIP() << "ss (iproute2) is not installed";
  std::vector<Connection> open;
  for (int i = 0; i < 20; ++i) {
    auto connection = connect();
    if (i % 3 == 0) connection.client.close();
    if (i % 4 == 0) connection.server.close();
    open.push_back(std::move(connection));
  }
  // 0 and 12 are closed by both, the client first.
  settled(filter(), counts({{TimeWait, 2}, {FinWait2, 5}, {CloseWait, 3}, {Established, 10}}),
          counts({{Listen, 1}, {CloseWait, 5}, {FinWait2, 3}, {Established, 10}}));
  const auto census = take_census(filter()).value();

  const std::map<std::string, TcpState> states{{"ESTAB", Established},
                                               {"LISTEN", Listen},
                                               {"TIME-WAIT", TimeWait},
                                               {"FIN-WAIT-2", FinWait2},
                                               {"CLOSE-WAIT", CloseWait}};
  const std::string target = fmt::format(":{}", port_);
  std::istringstream lines(
      output_of(fmt::format("ss -Htan '( sport = {0} or dport = {0} )'", target)));
  StateCounts client, server;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string state, received, sent, local;
    words >> state >> received >> sent >> local;
    ++(local.ends_with(target) ? server : client)[states.at(state)];
  }
  EXPECT_EQ(census.client, client);
  EXPECT_EQ(census.server, server);
}

// From here on, no netlink socket can be opened: seccomp answers EPERM.
void refuse_netlink() {
  constexpr auto field = [](std::size_t offset) {
    return sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<unsigned>(offset));
  };
  std::array program{field(offsetof(seccomp_data, nr)),
                     sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 3),
                     field(offsetof(seccomp_data, args[0])),
                     sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_NETLINK, 0, 1),
                     sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
                     sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  const sock_fprog loaded{program.size(), program.data()};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &loaded) != 0)
    std::_Exit(77);
}

TEST_F(CensusTest, ProcfsWhereNetlinkIsRefused) {
  const auto connection = connect();
  settled(filter(), counts({{Established, 1}}), counts({{Listen, 1}, {Established, 1}}));
  EXPECT_EXIT(
      {
        refuse_netlink();
        const bool refused = netlink_census(filter()).has_error();
        const auto census = take_census(filter());
        const bool right = refused && census && census->source == CensusSource::Procfs &&
                           census->client == counts({{Established, 1}}) &&
                           census->server == counts({{Listen, 1}, {Established, 1}});
        std::_Exit(right ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace tws
