// What is answered to what, in both modes.
#include "client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tws {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view hello = "Hello from plaque!\n";

class Routes : public testing::TestWithParam<ServerMode> {
 protected:
  RunningServer server{in_mode(GetParam())};
  RawClient client{server.address()};
};

INSTANTIATE_TEST_SUITE_P(Modes, Routes, both_modes, mode_name);

TEST_P(Routes, RootIsTheArticlesNineteenBytes) {
  const Response response = client.ask(get("/"));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, hello);
  EXPECT_THAT(response.head, HasSubstr("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(response.head, HasSubstr("Content-Length: 19\r\n"));
  EXPECT_THAT(response.head, HasSubstr(" GMT\r\n"));
  EXPECT_THAT(response.head, Not(HasSubstr("Connection:")));
}

TEST_P(Routes, AQueryAndAnAbsoluteTargetMakeNoDifference) {
  EXPECT_EQ(client.ask(get("/?a=b/c")).body, hello);
  EXPECT_EQ(client.ask(get("http://test/")).body, hello);
  EXPECT_EQ(client.ask(get("http://test?x")).body, hello);
  EXPECT_EQ(client.ask(get("http://test/bytes/3?x")).body, "xxx");
}

TEST_P(Routes, AnUnframedBodyEndsWithTheConnection) {
  client.send(get("/unframed"));
  const auto all = client.read_to_end();
  EXPECT_THAT(all, testing::StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(all, testing::EndsWith(std::string("\r\n\r\n") + std::string(hello)));
  EXPECT_THAT(all, Not(HasSubstr("Content-Length")));
  EXPECT_THAT(all, HasSubstr("Connection: close\r\n"));
}

TEST_P(Routes, HeadIsGetWithoutTheBody) {
  for (const std::string target : {"/", "/bytes/10000000000", "/status/404"}) {
    client.send("HEAD " + target + " HTTP/1.1\r\nHost: test\r\n\r\n");
    EXPECT_THAT(client.read_response(true).head, HasSubstr("Content-Length: "));
  }
  EXPECT_EQ(client.ask(get("/")).body, hello);  // nothing came in between
}

TEST_P(Routes, BytesAreAsManyAsAskedFor) {
  EXPECT_EQ(client.ask(get("/bytes/0")).body.size(), 0U);
  EXPECT_EQ(client.ask(get("/bytes/1")).body.size(), 1U);
  EXPECT_EQ(client.ask(get("/bytes/20000001")).body.size(), 20000001U);
}

TEST_P(Routes, DelayAnswersLikeRoot) {
  EXPECT_EQ(client.ask(get("/delay/5")).body, hello);
}

TEST_P(Routes, StatusIsWhatWasAskedFor) {
  EXPECT_EQ(client.ask(get("/status/503")).status, 503);
  EXPECT_EQ(client.ask(get("/status/299")).status, 299);
  for (const auto* target : {"/status/204", "/status/304"}) {
    const Response response = client.ask(get(target));
    EXPECT_THAT(response.head, Not(HasSubstr("Content-Length")));
    EXPECT_EQ(response.body, "");
  }
  for (const auto* target : {"/status/199", "/status/600", "/status/", "/status/2oo"})
    EXPECT_EQ(client.ask(get(target)).status, 404) << target;
}

// RFC 9110 15. The bodies are "206 Partial Content\n" and the like.
TEST_P(Routes, AStatusHasTheFieldsThatItNeeds) {
  const std::vector<std::pair<int, std::string>> needed{
      {206, "Content-Range: bytes 0-19/20\r\n"},
      {401, "WWW-Authenticate: Basic realm=\"tws-server\"\r\n"},
      {405, "Allow: GET, HEAD, OPTIONS\r\n"},
      {407, "Proxy-Authenticate: Basic realm=\"tws-server\"\r\n"},
      {416, "Content-Range: bytes */26\r\n"},
      {426, "Upgrade: HTTP/2.0\r\nConnection: upgrade\r\n"}};
  for (int status = 200; status < 600; ++status) {
    const auto target = "/status/" + std::to_string(status);
    const Response response = client.ask(get(target));
    client.send("HEAD " + target + " HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(client.read_response(true).status, status);
    ASSERT_EQ(response.status, status);
    for (const auto& [of, fields] : needed) {
      const auto name = fields.substr(0, fields.find(' '));
      const bool has_name = response.head.find("\r\n" + name) != std::string::npos;
      const bool has_fields = response.head.find("\r\n" + fields) != std::string::npos;
      const bool shares_name = name == "Content-Range:" && (status == 206 || status == 416);
      EXPECT_EQ(has_fields, of == status) << response.head;
      EXPECT_EQ(has_name, of == status || shares_name) << response.head;
    }
    EXPECT_THAT(response.head, Not(HasSubstr("Location:")));
    EXPECT_THAT(response.head, HasSubstr("\r\nDate: "));
  }
}

TEST_P(Routes, AStatusThatNeedsConnectionCanBeTheLast) {
  const Response response = client.ask(get("/status/426", "Connection: close\r\n"));
  EXPECT_THAT(response.head, HasSubstr("Connection: upgrade\r\n"));
  EXPECT_THAT(response.head, HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(client.sees_fin());
}

TEST_P(Routes, EchoAnswersWhatWasPosted) {
  const std::string body(100'000, 'q');
  EXPECT_EQ(
      client.ask("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n" + body).body,
      body);
  EXPECT_EQ(client
                .ask("PUT /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                     "3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: t\r\n\r\n")
                .body,
            "abcde");
  EXPECT_EQ(client.ask("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n").body, "");
}

TEST_P(Routes, MethodsThatDoNotFitAreRefusedAndTheConnectionStays) {
  const Response response = client.ask("DELETE / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(response.status, 405);
  EXPECT_THAT(response.head, HasSubstr("Allow: GET, HEAD, POST, PUT, OPTIONS\r\n"));
  EXPECT_THAT(client.ask(get("/echo")).head, HasSubstr("Allow: POST, PUT, OPTIONS\r\n"));
  EXPECT_EQ(client.ask("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n").status, 405);
  EXPECT_EQ(client.ask("BREW / HTTP/1.1\r\nHost: a\r\n\r\n").status, 501);
  EXPECT_EQ(client.ask(get("/nothing")).status, 404);
  // The body of a request that is refused is not the next request.
  EXPECT_EQ(
      client.ask("POST /bytes/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nGET /").status,
      405);
  EXPECT_EQ(client.ask(get("/")).status, 200);
}

TEST_P(Routes, OptionsAreAnsweredWithWhatIsAllowed) {
  for (const auto* target : {"/", "*"}) {
    const Response response =
        client.ask("OPTIONS " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(response.status, 204);
    EXPECT_THAT(response.head, HasSubstr("Allow: GET, HEAD, POST, PUT, OPTIONS\r\n"));
    EXPECT_THAT(response.head, Not(HasSubstr("Content-Length")));
  }
  EXPECT_EQ(client.ask("OPTIONS /missing HTTP/1.1\r\nHost: a\r\n\r\n").status, 404);
}

TEST_P(Routes, AnotherExpectationIsNotMet) {
  EXPECT_EQ(client.ask(get("/", "Expect: miracles\r\n")).status, 417);
  EXPECT_EQ(client.ask(get("/", "Expect: 100-continue\r\n")).status, 200);  // no body to wait for
  EXPECT_EQ(client
                .ask("POST /echo HTTP/1.0\r\nConnection: keep-alive\r\nExpect: 100-continue\r\n"
                     "Content-Length: 1\r\n\r\nx")
                .body,
            "x");  // RFC 9110 10.1.1: ignored
}

TEST_P(Routes, ContinueIsSaidToWhoWaitsForIt) {
  client.send(
      "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  EXPECT_EQ(client.read_response().status, 100);
  EXPECT_EQ(client.ask("abc").body, "abc");
  client.send(
      "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 9000000\r\n\r\n");
  EXPECT_EQ(client.read_response().status, 413);
}

TEST_P(Routes, WhoWaitsToSendABodyThatNobodyWantsIsToldSo) {
  const std::string fields =
      " HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n";
  const std::vector<std::pair<std::string, int>> cases{
      {"POST /missing", 404}, {"POST /bytes/3", 405}, {"BREW /", 501}, {"GET /status/503", 503}};
  client.reset();  // in sequential mode it is in the way
  for (const auto& [line, status] : cases) {
    RawClient waits(server.address());
    const Response response = waits.ask(line + fields);
    EXPECT_EQ(response.status, status);
    EXPECT_THAT(response.head, HasSubstr("Connection: close\r\n"));
    EXPECT_EQ(response.head.find("Allow: ") != std::string::npos, status == 405);
    waits.send("abc" + get("/"));  // the answer is not lost, and what may be the body is no request
    EXPECT_TRUE(waits.sees_fin());
    EXPECT_FALSE(waits.saw_reset());
  }
  // Whose body is here has not waited, and its connection is kept.
  RawClient other(server.address());
  EXPECT_EQ(other.ask("POST /missing" + fields + "abc").status, 404);
  EXPECT_EQ(other.ask(get("/")).status, 200);
}

TEST_P(Routes, PipelinedRequestsAreAnsweredInOrder) {
  client.send(get("/bytes/1") + get("/bytes/2") + get("/") + get("/delay/1") + get("/bytes/3"));
  EXPECT_EQ(client.read_response().body, "x");
  EXPECT_EQ(client.read_response().body, "xx");
  EXPECT_EQ(client.read_response().body, hello);
  EXPECT_EQ(client.read_response().body, hello);
  EXPECT_EQ(client.read_response().body, "xxx");
}

TEST_P(Routes, ARequestMayComeByteByByte) {
  const std::string requests =
      get("/bytes/2", "X-Field: value\r\n") +
      "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n0\r\n\r\n" +
      "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
  for (const char& byte : requests) client.send({&byte, 1});
  EXPECT_EQ(client.read_response().body, "xx");
  EXPECT_EQ(client.read_response().body, "abc");
  EXPECT_EQ(client.read_response().body, "");
}

TEST_P(Routes, ARequestMayBeSplitAnywhere) {
  const std::string request = get("/bytes/2", "X-Field: value\r\n");
  for (std::size_t at = 1; at < request.size(); ++at) {
    client.send(request.substr(0, at));
    std::this_thread::yield();
    EXPECT_EQ(client.ask(request.substr(at)).body, "xx") << at;
  }
}

TEST(Limits, OfHeadAndTargetAndBody) {
  RunningServer server;
  const std::string long_text(20'000, 'a');
  std::string many_fields;
  for (int i = 0; i < 1000; ++i) many_fields += "X-Field: 0123456789\r\n";
  EXPECT_EQ(RawClient(server.address()).ask(get("/" + long_text)).status, 414);
  EXPECT_EQ(RawClient(server.address()).ask(get("/", "X: " + long_text + "\r\n")).status, 431);
  EXPECT_EQ(RawClient(server.address()).ask(get("/", many_fields)).status, 431);
  EXPECT_EQ(RawClient(server.address()).ask(get("/" + std::string(8000, 'a'))).status, 404);
  EXPECT_EQ(
      RawClient(server.address())
          .ask("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;" + long_text)
          .status,
      400);
}

TEST(Limits, ABodyTooBigGetsItsAnswerThoughItIsStillBeingSent) {
  RunningServer server;
  RawClient client(server.address());
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n");
  client.send(std::string(3'000'000, 'a'));
  EXPECT_EQ(client.read_response().status, 413);
  EXPECT_TRUE(client.sees_fin());
}

TEST(Body, IsWhatTheOptionsSay) {
  ServerOptions options;
  options.body = "short";
  RunningServer short_server(options);
  EXPECT_EQ(RawClient(short_server.address()).ask(get("/")).body, "short");
  for (const std::size_t size : {0U, 100U, 300'000U}) {
    options.body_size = size;
    RunningServer server(options);
    EXPECT_EQ(RawClient(server.address()).ask(get("/")).body, std::string(size, 'x'));
  }
}

TEST(Body, ReachesAClientThatReadsLate) {
  ServerOptions options;
  options.body_size = 60'000;
  RunningServer server(options);
  RawClient client(server.address());
  constexpr int requests = 300;  // 18 MB: more than the socket buffers hold
  for (int i = 0; i < requests; ++i) client.send(get("/"));
  for (int i = 0; i < requests; ++i) ASSERT_EQ(client.read_response().body.size(), 60'000U) << i;
}

}  // namespace
}  // namespace tws
