// Which connections stay open (RFC 9112 9.3), in both modes.
#include "client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tws {
namespace {

using testing::HasSubstr;
using testing::Not;

class Persistence : public testing::TestWithParam<ServerMode> {
 protected:
  static ServerOptions open() {
    ServerOptions options = in_mode(GetParam());
    options.keep_alive = true;
    return options;
  }

  RunningServer server{open()};
};

INSTANTIATE_TEST_SUITE_P(Modes, Persistence, both_modes, mode_name);

std::string request(std::string_view version, std::string_view fields) {
  return "GET / HTTP/" + std::string(version) + "\r\nHost: a\r\n" + std::string(fields) + "\r\n";
}

TEST_P(Persistence, CloseWins) {
  for (const auto* version : {"1.0", "1.1"}) {
    for (const auto* fields :
         {"Connection: close\r\n", "Connection: keep-alive, close\r\n",
          "Connection: close, keep-alive\r\n", "connection:Keep-Alive,x,CLOSE\r\n",
          "Connection: keep-alive\r\nConnection: close\r\n",
          "Connection: close\r\nX: y\r\nConnection: keep-alive\r\n",
          "Connection: ,close ,\r\nConnection: keep-alive, keep-alive\r\n",
          "Connection: close\r\nProxy-Connection: keep-alive\r\n"}) {
      RawClient client(server.address());
      const Response response = client.ask(request(version, fields));
      EXPECT_EQ(response.status, 200);
      EXPECT_THAT(response.head, HasSubstr("Connection: close\r\n")) << version << ' ' << fields;
      EXPECT_TRUE(client.sees_fin());
    }
  }
}

TEST_P(Persistence, OneOfHttp10HasToAskForIt) {
  for (const auto* fields :
       {"Connection: keep-alive\r\n", "Connection: x, KEEP-ALIVE\r\n",
        "Connection: x\r\nConnection: keep-alive\r\n", "Connection: keep-alive, closed\r\n",
        "Connection: keep-alive\r\nProxy-Connection: close\r\n"}) {
    RawClient client(server.address());
    for (int i = 0; i < 2; ++i)
      EXPECT_THAT(client.ask(request("1.0", fields)).head, HasSubstr("Connection: keep-alive\r\n"))
          << fields;
  }
  for (const auto* fields : {"", "Proxy-Connection: keep-alive\r\n", "Connection: x\r\n"}) {
    RawClient client(server.address());
    EXPECT_THAT(client.ask(request("1.0", fields)).head, HasSubstr("Connection: close\r\n"))
        << fields;
    EXPECT_TRUE(client.sees_fin());
  }
}

TEST_P(Persistence, OneOfHttp11IsKept) {
  RawClient client(server.address());
  for (const auto* fields :
       {"", "Connection: keep-alive\r\n", "Connection: x\r\n", "Proxy-Connection: close\r\n",
        "Proxy-Connection: keep-alive, close\r\n", "X: close\r\n"}) {
    const Response response = client.ask(request("1.1", fields));
    EXPECT_EQ(response.status, 200) << fields;
    EXPECT_THAT(response.head, Not(HasSubstr("Connection:"))) << fields;
  }
}

}  // namespace
}  // namespace tws
