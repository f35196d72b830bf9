// Limits against a real kernel, in a network of our own with settings of our own.
#include "own_network.hpp"
#include "tws/system/limits.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <gmock/gmock.h>
#include <sys/utsname.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <thread>

namespace tws {
namespace {

namespace asio = boost::asio;
using asio::ip::make_address;
using asio::ip::tcp;
using testing::ElementsAre;
using testing::Optional;

using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

class RealLimits : public testing::Test {
 protected:
  void SetUp() override {
    if (!enter_own_network() || !write_sysctl("ipv4/ip_local_port_range", "50000 50003"))
      GTEST_SKIP() << "this system allows no network namespaces";
  }

  // A listener on `address`; with port 0, on one outside the range.
  tcp::acceptor listen(const char* address, std::uint16_t port = 0) {
    const tcp::endpoint endpoint(make_address(address), port ? port : next_port_++);
    tcp::acceptor acceptor(context_, endpoint.protocol());
    if (endpoint.address().is_v6()) acceptor.set_option(asio::ip::v6_only(false));
    acceptor.bind(endpoint);
    acceptor.listen();
    return acceptor;
  }

  // Connects until the kernel finds no port any more. Reset, so that nothing is left in TIME_WAIT.
  std::size_t connections_to(const tcp::endpoint& target) {
    std::vector<tcp::socket> sockets;
    boost::system::error_code ec;
    while (sockets.size() < 20) {
      tcp::socket socket(context_);
      socket.connect(target, ec);
      if (ec) break;
      socket.set_option(asio::socket_base::linger(true, 0));
      sockets.push_back(std::move(socket));
    }
    EXPECT_EQ(ec, boost::system::errc::address_not_available);
    for (auto& socket : sockets) socket.close();  // Asio's destructor would not reset
    return sockets.size();
  }

  asio::io_context context_;
  std::uint16_t next_port_ = 40000;
};

TEST_F(RealLimits, SettingsAreReadBack) {
  ASSERT_TRUE(write_sysctl("ipv4/ip_local_reserved_ports", "22,50002-50004"));
  ASSERT_TRUE(write_sysctl("ipv4/tcp_tw_reuse", "2"));
  ASSERT_TRUE(write_sysctl("ipv4/tcp_max_syn_backlog", "77"));
  ASSERT_TRUE(write_sysctl("ipv4/tcp_max_tw_buckets", "1234"));
  ASSERT_TRUE(write_sysctl("core/somaxconn", "55"));
  const Limits limits = read_limits();
  EXPECT_THAT(limits.ports, Optional(PortRange{50000, 50003}));
  EXPECT_THAT(limits.reserved, Optional(ElementsAre(PortRange{22, 22}, PortRange{50002, 50004})));
  EXPECT_EQ(limits.reserved_ports, 4u);
  EXPECT_EQ(limits.held_ports, 0u);
  EXPECT_EQ(limits.usable_ports, 2u);
  EXPECT_EQ(limits.reuse, TimeWaitReuse::Loopback);
  EXPECT_EQ(limits.syn_backlog, 77u);
  EXPECT_EQ(limits.max_time_wait, 1234u);
  EXPECT_EQ(limits.somaxconn, 55u);
  for (auto [text, on] : {std::pair{"0", false}, {"1", true}, {"2", true}}) {
    ASSERT_TRUE(write_sysctl("ipv4/tcp_timestamps", text));
    EXPECT_EQ(read_limits().timestamps, on) << text;
  }
  // Linux 7.1; 0 unless somebody sets it.
  const bool has_steps = std::filesystem::exists(limit_sources("Linux").port_step_width);
  EXPECT_EQ(limits.port_step_width, has_steps ? std::optional<std::uint64_t>(0) : std::nullopt);
  if (has_steps) {
    ASSERT_TRUE(write_sysctl("ipv4/ip_local_port_step_width", "4096"));
    EXPECT_EQ(read_limits().port_step_width, 4096u);
  }
  EXPECT_EQ(limits.conntrack_count.has_value(),
            std::filesystem::exists(limit_sources("Linux").conntrack_count));
}

TEST_F(RealLimits, ConnectSkipsAPortThatSomebodyListensOn) {
  const auto target = listen("127.0.0.1");
  EXPECT_EQ(read_limits().held_ports, 0u);
  EXPECT_EQ(connections_to(target.local_endpoint()), 4u);
  // Whatever the address or the family; Asio's acceptor is without SO_REUSEADDR here.
  for (auto address : {"0.0.0.0", "127.0.0.1", "127.0.0.2", "::", "::1"}) {
    const auto listener = listen(address, 50001);
    const Limits limits = read_limits();
    EXPECT_EQ(limits.held_ports, 1u) << address;
    EXPECT_EQ(limits.usable_ports, 3u) << address;
    EXPECT_EQ(connections_to(target.local_endpoint()), 3u) << address;
  }
  EXPECT_EQ(read_limits().held_ports, 0u);
  EXPECT_EQ(connections_to(target.local_endpoint()), 4u);
}

TEST_F(RealLimits, AHeldPortCountsOnceAndReservedOnesBesides) {
  ASSERT_TRUE(write_sysctl("ipv4/ip_local_reserved_ports", "50001,50003"));
  const auto target = listen("127.0.0.1");
  const auto one = listen("127.0.0.1", 50001), two = listen("127.0.0.2", 50001);
  const auto three = listen("127.0.0.1", 50002), outside = listen("127.0.0.1", 50004);
  const Limits limits = read_limits();
  EXPECT_EQ(limits.held_ports, 2u);
  EXPECT_EQ(limits.usable_ports, 1u);
  EXPECT_EQ(connections_to(target.local_endpoint()), 1u);
}

bool kernel_lists_bound_sockets() {
  utsname system{};
  uname(&system);
  int major = 0, minor = 0;
  std::sscanf(system.release, "%d.%d", &major, &minor);
  return major > 6 || (major == 6 && minor >= 8);
}

TEST_F(RealLimits, ABoundPortIsHeldWithAndWithoutReuse) {
  const auto target = listen("127.0.0.1");
  for (bool reuse_address : {false, true}) {
    for (bool reuse_port : {false, true}) {
      tcp::socket bound(context_, tcp::v4());
      bound.set_option(tcp::socket::reuse_address(reuse_address));
      bound.set_option(ReusePort(reuse_port));
      bound.bind({make_address("127.0.0.2"), 50001});
      EXPECT_EQ(connections_to(target.local_endpoint()), 3u);
      EXPECT_EQ(read_limits().held_ports, kernel_lists_bound_sockets() ? 1u : 0u);
    }
  }
}

TEST_F(RealLimits, APortThatConnectChoseIsNotHeld) {
  const auto target = listen("127.0.0.1"), other = listen("127.0.0.1");
  tcp::socket client(context_);
  client.connect(other.local_endpoint());
  EXPECT_EQ(read_limits().held_ports, 0u);
  EXPECT_EQ(connections_to(target.local_endpoint()), 4u);
}

TEST_F(RealLimits, APortInTimeWaitIsHeldIfItWasBoundAndNotIfConnectChoseIt) {
  const auto other = listen("127.0.0.1"), target = listen("127.0.0.1");
  auto listener = listen("127.0.0.1");
  const auto leave_time_wait = [&](std::uint16_t from) {
    tcp::socket client(context_, tcp::v4());
    client.set_option(tcp::socket::reuse_address(true));
    if (from != 0) client.bind({make_address("127.0.0.1"), from});
    client.connect(listener.local_endpoint());
    tcp::socket server = listener.accept();
    client.close();
    server.close();
  };
  leave_time_wait(0);
  EXPECT_EQ(read_limits().held_ports, 0u);
  EXPECT_EQ(connections_to(other.local_endpoint()), 4u);
  // Whichever is free.
  std::uint16_t bound = 0;
  for (std::uint16_t port = 50000; port <= 50003 && bound == 0; ++port) {
    tcp::socket probe(context_, tcp::v4());
    boost::system::error_code taken;
    probe.bind({make_address("127.0.0.1"), port}, taken);
    if (!taken) bound = port;
  }
  ASSERT_NE(bound, 0);
  leave_time_wait(bound);
  EXPECT_EQ(connections_to(target.local_endpoint()), 3u);
  const Limits limits = read_limits();
  if (limits.held_ports == 0u) GTEST_SKIP() << "needs Linux 6.3";
  EXPECT_EQ(limits.held_ports, 1u);
  EXPECT_EQ(limits.usable_ports, 3u);
  EXPECT_THAT(limits.held, Optional(ElementsAre(PortRange{bound, bound})));
}

class RealReuse : public RealLimits {
 protected:
  void SetUp() override {
    RealLimits::SetUp();
    if (IsSkipped()) return;
    ASSERT_TRUE(write_sysctl("ipv4/ip_local_port_range", "50000 50000"));
    ASSERT_TRUE(add_address("192.0.2.2"));
    write_sysctl("ipv4/tcp_tw_reuse_delay", "10");  // ms; only newer kernels have it
  }

  // Whether the only port can be connected from again, after the delay.
  bool port_is_reused(const char* address) {
    auto listener = listen(make_address(address).is_v6() ? "::" : "0.0.0.0");
    const tcp::endpoint target(make_address(address), listener.local_endpoint().port());
    tcp::socket client(context_);
    client.connect(target);
    tcp::socket server = listener.accept();
    client.close();
    server.close();
    const double delay = read_limits().reuse_delay_seconds.value_or(1.0) + 0.05;
    std::this_thread::sleep_for(std::chrono::duration<double>(delay));
    boost::system::error_code ec;
    tcp::socket again(context_);
    again.connect(target, ec);
    EXPECT_TRUE(!ec || ec == boost::system::errc::address_not_available) << ec.message();
    return !ec;
  }
};

TEST_F(RealReuse, AppliesWhereItIsSaidTo) {
  for (auto policy : {"0", "1", "2"}) {
    for (auto timestamps : {"1", "0"}) {
      ASSERT_TRUE(write_sysctl("ipv4/tcp_tw_reuse", policy));
      ASSERT_TRUE(write_sysctl("ipv4/tcp_timestamps", timestamps));
      for (auto target : {"127.0.0.1", "127.0.0.2", "0.0.0.0", "192.0.2.2", "::1",
                          "::ffff:127.0.0.1", "::ffff:192.0.2.2"})
        EXPECT_EQ(reuse_applies(read_limits(), make_address(target)), port_is_reused(target))
            << target << ", tcp_tw_reuse " << policy << ", tcp_timestamps " << timestamps;
    }
  }
}

}  // namespace
}  // namespace tws
