// Where it listens, and what it accepts.
#include "client.hpp"
#include "support/endpoint.hpp"
#include "tws/support/errors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <fcntl.h>
#include <unistd.h>
#include <vector>

namespace tws {
namespace {

using testing::HasSubstr;

TEST(Listen, ABusyPortAndAForeignAddressAreNamed) {
  RunningServer server;
  for (const unsigned threads : {1U, 2U}) {
    ServerOptions options;
    options.listen = {server.address()};
    options.threads = threads;
    try {
      Server second(options);
      FAIL();
    } catch (const RunError& error) {
      EXPECT_THAT(error.what(),
                  HasSubstr(endpoint_text(server.address()) + ": address already in use"));
    }
  }
  ServerOptions options;
  options.listen = {{asio::ip::make_address("192.0.2.1"), 0}};  // RFC 5737: nobody's
  EXPECT_THROW(Server{options}, RunError);
}

TEST(Listen, OnIpv6) {
  ServerOptions options;
  options.listen = {{asio::ip::address_v6::loopback(), 0}};
  try {
    RunningServer server(options);
    EXPECT_EQ(RawClient(server.address()).ask(get("/")).status, 200);
    EXPECT_THAT(endpoint_text(server.address()), HasSubstr("[::1]:"));
  } catch (const RunError& error) {
    GTEST_SKIP() << error.what();
  }
}

// Takes every descriptor that this process may have.
class NoDescriptorsLeft {
 public:
  NoDescriptorsLeft() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit low = before_;
    low.rlim_cur = std::min<rlim_t>(before_.rlim_cur, 256);
    ::setrlimit(RLIMIT_NOFILE, &low);
    for (int taken; (taken = ::open("/dev/null", O_RDONLY)) >= 0;) taken_.push_back(taken);
  }
  ~NoDescriptorsLeft() {
    for (const int taken : taken_) ::close(taken);
    ::setrlimit(RLIMIT_NOFILE, &before_);
  }
  NoDescriptorsLeft(const NoDescriptorsLeft&) = delete;
  NoDescriptorsLeft& operator=(const NoDescriptorsLeft&) = delete;

 private:
  rlimit before_{};
  std::vector<int> taken_;
};

TEST(Accept, WithoutDescriptorsPausesAndGoesOn) {
  RunningServer server;
  const tcp::endpoint& address = server.address();
  RawClient accepted(address);
  EXPECT_EQ(accepted.ask(get("/")).status, 200);
  const auto begin = Clock::now();
  const int waiting = ::socket(AF_INET, SOCK_STREAM, 0);
  {
    const NoDescriptorsLeft none;
    ASSERT_EQ(::connect(waiting, static_cast<const sockaddr*>(address.data()),
                        static_cast<socklen_t>(address.size())),
              0);
    // Asked later, so answered later: the server's one thread has tried to accept by then. And what
    // it has is served meanwhile.
    for (int i = 0; i < 10; ++i) EXPECT_EQ(accepted.ask(get("/delay/20")).status, 200);
  }
  EXPECT_EQ(RawClient(address).ask(get("/")).status, 200);
  ::close(waiting);
  const auto pauses = (Clock::now() - begin) / std::chrono::milliseconds{50};
  const ServerTotals totals = server.stop();
  EXPECT_EQ(totals.connections, 3U);
  EXPECT_GE(totals.accept_errors, 1U);
  EXPECT_LE(totals.accept_errors, static_cast<std::uint64_t>(pauses) + 1);  // it did not spin
}

}  // namespace
}  // namespace tws
