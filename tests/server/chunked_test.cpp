// Requests whose body comes in chunks, in both modes.
#include "client.hpp"
#include "server/request.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tws {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

const std::string head = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

class Chunked : public testing::TestWithParam<ServerMode> {
 protected:
  static ServerOptions without_timeouts() {
    ServerOptions options = in_mode(GetParam());
    options.limits.body_time = 0ms;  // what is waited for is waited for until the test fails
    return options;
  }

  RunningServer server{without_timeouts()};
};

INSTANTIATE_TEST_SUITE_P(Modes, Chunked, both_modes, mode_name);

// Whole and split at every byte. What is behind is not sent.
TEST_P(Chunked, WhatCantBecomeRightIsNotWaitedFor) {
  for (const std::string begin : {"5;x=\"abc\r\n",
                                  "0;x=\"abc\r\n",
                                  "5;x=\"a\\\r",
                                  "5;x=\"a\\\"\r\n",
                                  "5;x=\"a\"b",
                                  "5;=",
                                  "5;x=;",
                                  "g",
                                  "5 5",
                                  "5\n",
                                  "\r",
                                  "3\r\nabcd",
                                  "3\r\nabc\rx",
                                  "0\r\nX\r",
                                  "0\r\nX :",
                                  "0\r\n X: y",
                                  "0\r\nX: y\r\n z",
                                  "0\r\n:",
                                  "0\r\nX: \x01",
                                  "0\r\n\rx"}) {
    for (std::size_t at = 0; at < begin.size(); ++at) {
      RawClient client(server.address());
      client.send(head + begin.substr(0, at));
      std::this_thread::yield();
      const Response response = client.ask(begin.substr(at));
      EXPECT_EQ(response.status, 400) << testing::PrintToString(begin) << " split at " << at;
      EXPECT_THAT(response.head, HasSubstr("Connection: close\r\n"));
      client.reset();
    }
  }
}

TEST_P(Chunked, QuotedExtensionsAreNoneOfOurBusiness) {
  RawClient client(server.address());
  const std::string chunks = "3;a=\"\\\"; \\\\\"; b = c;d\r\nabc\r\n0;e=\"f\"\r\n\r\n";
  for (std::size_t at = 0; at < chunks.size(); ++at) {
    client.send(head + chunks.substr(0, at));
    std::this_thread::yield();
    EXPECT_EQ(client.ask(chunks.substr(at)).body, "abc") << "split at " << at;
  }
}

// RFC 9110 6.5.1: no trailer field is merged into the header.
TEST_P(Chunked, ATrailerChangesNothing) {
  RawClient client(server.address());
  for (const std::string field :
       {"Content-Length: 5", "Content-Length: x", "Transfer-Encoding: chunked",
        "Transfer-Encoding: gzip", "Connection: close", "Connection: @", "Host: b", "Host: a b",
        "Expect: c", "Content-Type: a/b\r\nContent-Type: a/b", "Upgrade: b", "Trailer: Host", "X:"})
    for (const std::string& trailers : {field, field + "\r\n" + field, "Y: z\r\n" + field}) {
      EXPECT_EQ(client.ask(head + "1\r\nx\r\n0\r\n" + trailers + "\r\n\r\n").body, "x") << trailers;
      EXPECT_EQ(client.ask(get("/bytes/2")).body, "xx") << trailers;  // the connection was kept
    }
}

TEST_P(Chunked, ATrailerDoesNotKeepOpenWhatIsToBeClosed) {
  RawClient client(server.address());
  const auto response = client.ask(
      "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
      "Connection: close\r\n\r\n0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(response.head, HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(client.sees_fin());
}

TEST_P(Chunked, ATrailersFramingStaysFraming) {
  RawClient client(server.address());
  client.send(head + "0\r\nContent-Length: 1000\r\n\r\n" + get("/bytes/3"));
  EXPECT_EQ(client.read_response().status, 200);
  EXPECT_EQ(client.read_response().body, "xxx");
}

// Even where each byte is read by itself.
TEST(Parser, TakesTheEndOfAnEmptyChunkedBodyByteByByte) {
  const ServerLimits limits;
  for (const std::string end : {"0\r\n\r\n", "1\r\n0\r\n0\r\n\r\n", "000\r\nX: y\r\n\r\n"}) {
    std::string body;
    server::RequestParser parser(limits, body);
    boost::beast::flat_buffer buffer;
    bool done = false;
    for (const char byte :
         "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + end) {
      EXPECT_FALSE(done);
      *static_cast<char*>(buffer.prepare(1).data()) = byte;
      buffer.commit(1);
      done = parser.feed(buffer);
    }
    EXPECT_TRUE(done);
    EXPECT_EQ(parser.request().refusal, 0U);
    EXPECT_EQ(buffer.size(), 0U);
  }
}

// 0: taken; 999: not at its end. In two parts, or, where `at` is 0, byte by byte.
unsigned refusal_of(std::string_view request, std::size_t at) {
  const ServerLimits limits;
  std::string body;
  server::RequestParser parser(limits, body);
  boost::beast::flat_buffer buffer;
  while (!request.empty()) {
    const auto part = request.substr(0, at == 0 ? 1 : at);
    buffer.commit(asio::buffer_copy(buffer.prepare(part.size()), asio::buffer(part)));
    if (parser.feed(buffer)) return parser.request().refusal;
    request.remove_prefix(part.size());
    if (at != 0) at = request.size();
  }
  return 999;
}

TEST(Parser, RefusesFoldedTrailersHoweverTheyAreSplit) {
  for (const std::string end :
       {"\r\n X: y\r\n\r\n", "\r\nX: y\r\n z\r\n\r\n", "\r\nX: y\r\n\tz\r\n\r\n",
        "\r\nX: y\r\n \r\n\r\n", ";e\r\nX:\r\nY: z\r\n  z\r\nZ: z\r\n\r\n", "\r\n \r\n\r\n",
        "\r\nX: y\r\n GET / HTTP/1.1\r\n\r\n"}) {
    for (const std::string chunks : {"0", "3\r\nabc\r\n000"}) {
      const auto request = head + chunks + end;
      for (std::size_t at = 0; at < request.size(); ++at)
        EXPECT_EQ(refusal_of(request, at), 400U) << testing::PrintToString(request) << " at " << at;
    }
  }
}

TEST(Parser, TakesWhitespaceThatFoldsNothing) {
  for (const std::string end : {"\r\nX:\ty \tz \r\nY: \r\n\r\n", " ;e\r\n\r\n", "\r\n\r\n"}) {
    const auto request = head + "5\r\n\r\n \ta\r\n0" + end;  // in the data, too
    for (std::size_t at = 0; at < request.size(); ++at)
      EXPECT_EQ(refusal_of(request, at), 0U) << testing::PrintToString(request) << " at " << at;
  }
}

}  // namespace
}  // namespace tws
