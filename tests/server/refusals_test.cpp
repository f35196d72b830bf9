// What is refused, how, and what is not, in both modes.
#include "client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

namespace tws {
namespace {

using namespace std::chrono_literals;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

class Refusals : public testing::TestWithParam<ServerMode> {
 protected:
  std::string answer_to(const std::string& request) {
    RawClient client(server.address());
    client.send(request);
    return client.read_to_end();
  }

  RunningServer server{in_mode(GetParam())};
};

INSTANTIATE_TEST_SUITE_P(Modes, Refusals, both_modes, mode_name);

struct Refused {
  std::string request;
  unsigned status;
};

const std::string long_text(20'000, 'a');

// Behind the method.
const std::vector<Refused> refused{
    {" /#a HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {" / HTTP/1.1\r\n\r\n", 400},
    {" / HTTP/1.1\r\nHost: a\r\nX\r\n", 400},
    {" / HTTP/1.1\r\nHost: a\r\n\x01", 400},
    {"  / HTTP/1.1\r\n", 400},
    {" /\x01", 400},
    {" /\n", 400},
    {" \r\n", 400},
    {" / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n", 400},
    {" / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx", 400},
    {" / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n", 501},
    {" / HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\n", 413},
    {" / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n200000\r\n", 413},
    {" /" + long_text, 414},
    {" /" + std::string(9000, 'a') + " HTTP/1.1\r\n", 414},
    {" / HTTP/1.1\r\nX: " + long_text, 431},
    {" / HTTP/2.0\r\n", 505},
    {" / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: miracles\r\n\r\n", 417},
    {" /none HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 404},
    {" /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 405},
    {" /none HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n", 404},
};

// RFC 9110 9.3.2: no content in an answer to HEAD, not even where what follows the method is wrong.
TEST_P(Refusals, HaveNoBodyForHead) {
  for (const auto& [rest, status] : refused) {
    const auto line = "HTTP/1.1 " + std::to_string(status) + " ";
    for (const std::string before : {"", "\r\n"}) {
      const auto head = answer_to(before + "HEAD" + rest);
      EXPECT_THAT(head, StartsWith(line)) << rest.substr(0, 100);
      EXPECT_EQ(head.find("\r\n\r\n"), head.size() - 4) << head;
      EXPECT_THAT(head, HasSubstr("Content-Length: "));
      EXPECT_THAT(head, HasSubstr("Connection: close\r\n"));
    }
    const auto get = answer_to("GET" + rest);
    EXPECT_THAT(get, StartsWith(line)) << rest.substr(0, 100);
    EXPECT_THAT(get, EndsWith("\n")) << get;
    EXPECT_LT(get.find("\r\n\r\n"), get.size() - 4) << get;
  }
}

TEST_P(Refusals, HaveABodyWhereTheMethodIsNotHead) {
  for (const std::string method : {"HEADS", "head", "HEA", "\tHEAD", "HEAD\t", "XHEAD"}) {
    const auto answer = answer_to(method + " / HTTP/2.0\r\n");
    EXPECT_LT(answer.find("\r\n\r\n"), answer.size() - 4) << answer;
  }
}

TEST_P(Refusals, OfAHeadThatNeverEndsHaveNoBodyForHead) {
  ServerOptions options = in_mode(GetParam());
  options.limits.head_time = options.limits.body_time = 50ms;
  RunningServer hasty(options);
  const auto answer = [&](std::string_view request) {
    RawClient client(hasty.address());
    client.send(request);
    return client.read_to_end();
  };
  for (const auto* request :
       {"HEAD ", "HEAD / HTTP/1.1\r\nHost: a\r\n", "\r\nHEAD /",
        "HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\na",
        "HEAD / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1"}) {
    const auto head = answer(request);
    EXPECT_THAT(head, StartsWith("HTTP/1.1 408 ")) << request;
    EXPECT_EQ(head.find("\r\n\r\n"), head.size() - 4) << request << '\n' << head;
  }
  for (const auto* request : {"HEAD", "GET / HTTP/1.1\r\nHost: a\r\n"})
    EXPECT_THAT(answer(request), EndsWith("408 Request Timeout\n")) << request;
}

// What a form sends of a text of two lines is nothing to be afraid of. Of a path it is.
TEST_P(Refusals, AreForEncodedControlBytesInThePathAlone) {
  for (const std::string byte : {"%0A", "%0d", "%09", "%00", "%1f", "%7F"}) {
    RawClient client(server.address());
    for (const std::string& target : {"/?a=" + byte, "/?" + byte + "/" + byte,
                                      "http://test/?a=" + byte, "http://test?" + byte + "?"})
      EXPECT_EQ(client.ask(get(target)).status, 200) << target;
    client.reset();
    for (const std::string& target :
         {"/" + byte, "/a" + byte + "?b", "http://test/" + byte, "http://te" + byte + "st/"})
      EXPECT_THAT(answer_to(get(target)), StartsWith("HTTP/1.1 400 ")) << target;
  }
}

TEST_P(Refusals, AreNotForAnAddressWithAZone) {
  RawClient client(server.address());
  for (const std::string host :
       {"[fe80::1%25eth0]:8080", "[fe80::1%eth0]", "[fe80::1%25en%2D0]", "[fe80::1%10]"}) {
    EXPECT_EQ(client.ask("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n").status, 200) << host;
    EXPECT_EQ(client.ask(get("http://" + host + "/bytes/2")).body, "xx") << host;
  }
  client.reset();
  for (const std::string host : {"[fe80::1%25]", "[fe80::1%]", "[fe80::1%25eth 0]"}) {
    EXPECT_THAT(answer_to("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n"),
                StartsWith("HTTP/1.1 400 "));
    EXPECT_THAT(answer_to(get("http://" + host + "/")), StartsWith("HTTP/1.1 400 ")) << host;
  }
}

struct BadRequest {
  const char* bytes;
  int status;
};

void PrintTo(const BadRequest& request, std::ostream* out) {
  *out << testing::PrintToString(request.bytes);
}

class BadRequests : public testing::TestWithParam<BadRequest> {};

TEST_P(BadRequests, AreAnsweredAndTheConnectionClosed) {
  RunningServer server;
  RawClient client(server.address());
  const Response response = client.ask(GetParam().bytes);
  EXPECT_EQ(response.status, GetParam().status) << GetParam().bytes;
  EXPECT_THAT(response.head, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(response.head, HasSubstr("Date: "));
  EXPECT_TRUE(client.sees_fin());
}

INSTANTIATE_TEST_SUITE_P(
    All, BadRequests,
    testing::Values(
        BadRequest{"\x16\x03\x01 hello\r\n\r\n", 400}, BadRequest{"GET / HTTP/1.1\r\n\r\n", 400},
        BadRequest{"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
        BadRequest{"GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505},
        BadRequest{"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400},
        BadRequest{"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400},
        BadRequest{"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
                   "Transfer-Encoding: chunked\r\n\r\n",
                   400},
        BadRequest{"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n",
                   400},
        BadRequest{"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 400},
        BadRequest{"POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        BadRequest{"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                   "0\r\nX: y\r\n z\r\n\r\n",
                   400},
        BadRequest{"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
                   400},
        BadRequest{"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                   "200000\r\n",
                   413}));

}  // namespace
}  // namespace tws
