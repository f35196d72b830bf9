// What the kernel counts for connections: struct tcp_info of any length, and real sockets.
#include "system/tcp_numbers.hpp"

#include "own_network.hpp"
#include "system/connections.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>
#include <netinet/tcp.h>

#include <cstring>
#include <map>

namespace tws {
namespace {

using boost::asio::ip::tcp;

// Two connected sockets, of which one has sent so many bytes to the other.
struct Pair {
  // Another test of this program may have left few ports in its own.
  bool isolated = enter_own_network();
  boost::asio::io_context io;
  tcp::acceptor acceptor{io, {boost::asio::ip::address_v4::loopback(), 0}};
  tcp::socket client{io}, server{io};
  std::uint16_t port = acceptor.local_endpoint().port();

  explicit Pair(std::size_t bytes) {
    client.connect(acceptor.local_endpoint());
    acceptor.accept(server);
    std::string data(bytes, 'x');
    write(server, boost::asio::buffer(data));
    read(client, boost::asio::buffer(data));
  }
};

TEST(TcpNumbers, OfAConnectionAsItsOwnSocketOptionHasThem) {
  const Pair pair(100'000);
  std::map<std::uint16_t, TcpNumbers> by_local_port;
  const auto all = read_connections(std::span(&pair.port, 1), 100, [&](const SocketRow& row) {
    by_local_port[row.local.port] = *row.numbers;
  });
  ASSERT_TRUE(all);
  EXPECT_TRUE(*all);
  ASSERT_EQ(by_local_port.size(), 2u);
  const auto& server = by_local_port.at(pair.port);
  const auto& client = by_local_port.at(pair.client.local_endpoint().port());
  EXPECT_NE(server.cookie, client.cookie);
  EXPECT_EQ(client.bytes_received, 100'000u);
  EXPECT_GT(server.min_rtt, 0);
  EXPECT_LT(server.min_rtt, 1);
  EXPECT_GT(server.segments_sent, 1u);

  tcp_info own{};
  socklen_t size = sizeof own;
  auto& socket = const_cast<tcp::socket&>(pair.server);
  ASSERT_EQ(getsockopt(socket.native_handle(), IPPROTO_TCP, TCP_INFO, &own, &size), 0);
  EXPECT_EQ(server.send_mss, own.tcpi_snd_mss);
  EXPECT_EQ(server.segments_resent, own.tcpi_total_retrans);
}

TEST(TcpNumbers, NoMoreThanAsked) {
  const Pair pair(10);
  std::size_t rows = 0;
  const auto all = read_connections(std::span(&pair.port, 1), 1, [&](const SocketRow&) { ++rows; });
  EXPECT_EQ(all, false);
  EXPECT_GE(rows, 1u);
}

TEST(TcpNumbers, NoneOfOtherPorts) {
  const Pair pair(10), other(10);
  read_connections(std::span(&pair.port, 1), 100, [&](const SocketRow& row) {
    EXPECT_TRUE(row.local.port == pair.port || row.remote.port == pair.port);
  });
}

// Older kernels have a shorter one, newer ones a longer one.
TEST(TcpNumbers, OfAnyLength) {
  std::vector<std::byte> bytes(400, std::byte{1});
  const auto full = parse_tcp_info(bytes);
  EXPECT_GT(full.segments_out_of_order, 0u);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const std::vector<std::byte> part(bytes.begin(),
                                      bytes.begin() + static_cast<std::ptrdiff_t>(size));
    const auto numbers = parse_tcp_info(part);
    if (size >= 232) {
      EXPECT_EQ(numbers, full);
    }
    if (size <= 104) {
      EXPECT_EQ(numbers.bytes_received, 0u);
    }
  }
  EXPECT_EQ(parse_tcp_info({}), TcpNumbers{});
}

TEST(TcpNumbers, ARoundTripThatWasNeverMeasured) {
  std::vector<std::byte> bytes(232);
  std::memset(bytes.data() + 148, 0xff, 4);  // tcpi_min_rtt
  EXPECT_EQ(parse_tcp_info(bytes).min_rtt, 0);
}

}  // namespace
}  // namespace tws
