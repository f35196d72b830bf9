// Who serves a target, against the real /proc: programs are started here, and looked at.
#include "system/serving.hpp"

#include "system/listener.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>

#include <chrono>
#include <thread>

namespace tws {
namespace {

namespace asio = boost::asio;
using asio::ip::make_address;
using asio::ip::tcp;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

TEST(ListeningProcesses, OnTheTargetsAddress) {
  const Listener server("127.0.0.1", 0, idle);
  EXPECT_THAT(server.found_at("127.0.0.1"), ElementsAre(server.pid()));
  EXPECT_THAT(server.found_at("0.0.0.0"), ElementsAre(server.pid()));
  EXPECT_THAT(server.found_at("::ffff:127.0.0.1"), ElementsAre(server.pid()));
  EXPECT_THAT(server.found_at("127.0.0.2"), IsEmpty());
  EXPECT_THAT(server.found_at("::1"), IsEmpty());
}

TEST(ListeningProcesses, OnTheWildcardAddress) {
  const Listener server("0.0.0.0", 0, idle);
  EXPECT_THAT(server.found_at("127.0.0.1"), ElementsAre(server.pid()));
  EXPECT_THAT(server.found_at("127.0.0.2"), ElementsAre(server.pid()));
  EXPECT_THAT(server.found_at("::1"), IsEmpty());
  EXPECT_THAT(server.found_at("192.0.2.1"), IsEmpty());  // RFC 5737: nobody's, so not ours
}

TEST(ListeningProcesses, OnBothFamilies) {
  asio::io_context context;
  boost::system::error_code ec;
  tcp::acceptor probe(context);
  probe.open(tcp::v6(), ec);
  if (!ec) probe.bind({asio::ip::address_v6::loopback(), 0}, ec);
  if (ec) GTEST_SKIP() << "no IPv6: " << ec.message();
  const Listener server("::", 0, idle);
  EXPECT_THAT(server.found_at("127.0.0.1"), ElementsAre(server.pid()));
  EXPECT_THAT(server.found_at("::1"), ElementsAre(server.pid()));
}

TEST(ListeningProcesses, AnExactAddressComesFirst) {
  const Listener wildcard("0.0.0.0", 0, idle);
  const Listener exact("127.0.0.1", wildcard.port(), idle);
  EXPECT_THAT(exact.found_at("127.0.0.1"), ElementsAre(exact.pid()));
  EXPECT_THAT(exact.found_at("127.0.0.2"), ElementsAre(wildcard.pid()));
}

TEST(ListeningProcesses, AMasterAndItsWorker) {
  const Listener server("127.0.0.1", 0,
                        "child = os.fork()\n"
                        "if child: say()\n"
                        "time.sleep(600)");
  EXPECT_THAT(server.found_at("127.0.0.1"),
              testing::UnorderedElementsAre(server.pid(), server.child()));
}

TEST(ListeningProcesses, AClientIsNone) {
  asio::io_context context;
  tcp::socket client(context);
  std::uint16_t port;
  {
    const Listener server("127.0.0.1", 0, idle);
    port = server.port();
    client.connect({make_address("127.0.0.1"), port});
    EXPECT_THAT(server.found_at("127.0.0.1"), ElementsAre(server.pid()));
    EXPECT_THAT(listening_processes(client.local_endpoint()), IsEmpty());
  }
  EXPECT_THAT(listening_processes({make_address("127.0.0.1"), port}), IsEmpty());
}

std::vector<int> all_at(const Listener& server) {
  return with_descendants(server.found_at("127.0.0.1"));
}

// As in node's cluster: the primary holds the listener, its workers have others or none.
TEST(WithDescendants, ChildrenAndTheirChildren) {
  const Listener server("127.0.0.1", 0,
                        "child = os.fork()\n"
                        "if child == 0:\n"
                        "  s.close()\n"
                        "  if os.fork() == 0: time.sleep(600)\n"
                        "  time.sleep(600)\n"
                        "say(); time.sleep(600)");
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (all_at(server).size() < 3 && std::chrono::steady_clock::now() < patience)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_EQ(all_at(server).size(), 3u);
  EXPECT_THAT(all_at(server), testing::IsSupersetOf({server.pid(), server.child()}));
}

TEST(WithDescendants, NotOfWhatStartedUsNorWeOurselves) {
  const Listener child("127.0.0.1", 0, idle);  // no server of the port below
  asio::io_context context;
  const tcp::acceptor own(context, {make_address("127.0.0.1"), 0});
  EXPECT_THAT(with_descendants(listening_processes(own.local_endpoint())), IsEmpty());
  EXPECT_THAT(with_descendants({getppid()}), ElementsAre(getppid()));
  EXPECT_THAT(with_descendants({1}), ElementsAre(1));
  EXPECT_THAT(with_descendants({}), IsEmpty());
}

// A connection that was handed to a process which neither listens nor is a child of who does.
TEST(ProcessesWithConnections, ThoseThatWereHandedOne) {
  const Listener server("127.0.0.1", 0,
                        "if os.fork() == 0:\n"
                        "  child = os.getpid()\n"
                        "  say()\n"
                        "  c, _ = s.accept()\n"
                        "  s.close()\n"
                        "  time.sleep(600)\n"
                        "time.sleep(600)");
  asio::io_context context;
  tcp::socket client(context);
  client.connect({make_address("127.0.0.1"), server.port()});
  const std::uint16_t ports[] = {server.port()};
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  std::vector<int> found;
  while (found.empty() && std::chrono::steady_clock::now() < patience) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    found = processes_with_connections(ports, {server.pid()});
  }
  EXPECT_THAT(found, ElementsAre(server.child()));  // and not this one, the client
  EXPECT_THAT(processes_with_connections(ports, {server.child()}), IsEmpty());
}

TEST(Serving, KnowsTheRoomInTheQueue) {
  asio::io_context context;
  tcp::acceptor listener(context, tcp::v4());
  listener.bind({make_address("127.0.0.1"), 0});
  listener.listen(7);
  EXPECT_EQ(serving(listener.local_endpoint()).backlog, 7u);
  listener.listen(0);
  EXPECT_EQ(serving(listener.local_endpoint()).backlog, 0u);
  EXPECT_EQ(serving({make_address("192.0.2.1"), 80}).backlog, std::nullopt);
}

TEST(Serving, InAnotherNetworkNamespace) {
  const std::string other =
      "import ctypes, subprocess\n"
      "s.close()\n"
      "if ctypes.CDLL(None).unshare(0x40000000) == 0:\n"  // CLONE_NEWNET
      "  subprocess.run('ip link set lo up; ip address add 192.0.2.77/32 dev lo', shell=True)\n"
      "  s = socket.socket()\n"
      "  s.bind(('0.0.0.0', 0))\n"
      "  s.listen()\n"
      "  child = 1\n"
      "else: s = socket.socket()\n"
      "say(); time.sleep(600)";
  const Listener server("127.0.0.1", 0, other);
  if (server.child() == 0) GTEST_SKIP() << "no network namespace can be had here";
  EXPECT_THAT(server.found_at("192.0.2.77"), ElementsAre(server.pid()));
  EXPECT_THAT(server.found_at("192.0.2.78"), IsEmpty());
  EXPECT_THAT(server.found_at("127.0.0.1"), IsEmpty());  // ours is another one
}

}  // namespace
}  // namespace tws
