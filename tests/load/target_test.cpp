#include "load/target.hpp"

#include "support/endpoint.hpp"
#include "tws/support/errors.hpp"

#include <gmock/gmock.h>

namespace tws::load {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;

Ask ask(const Plan& plan, const Line& line) {
  return ask_of(plan, line, parse_asked_url(line.url), body_pattern(line.body));
}

TEST(Targets, AZoneIsUsedAndNotSent) {
  for (auto url : {"http://[fe80::1%25eth0]:8080/", "http://[fe80::1%eth0]:8080/"}) {
    EXPECT_EQ(parse_target(url).host, "fe80::1%eth0");
    EXPECT_EQ(parse_target(url).host_header, "[fe80::1]:8080");
  }
  Plan plan;
  std::optional<double> lookup;
  plan.urls = {"http://[fe80::1%25nosuch0]:8080/"};
  EXPECT_THAT([&] { resolve_targets(plan, lookup); },
              ThrowsMessage<RunError>(HasSubstr("no network interface 'nosuch0'")));
}

TEST(Targets, AnotherAddressMayStandForAHost) {
  Plan plan;
  plan.urls = {"http://example.com/", "https://example.com/", "http://127.0.0.1:1/"};
  plan.connect_to = {"example.com:443:127.0.0.2:8443", "EXAMPLE.com::[::1]:", ":1::2"};
  std::optional<double> lookup;
  const auto targets = resolve_targets(plan, lookup);
  EXPECT_EQ(endpoint_text(targets[0].endpoint), "[::1]:80");
  EXPECT_EQ(endpoint_text(targets[1].endpoint), "127.0.0.2:8443");
  EXPECT_EQ(endpoint_text(targets[2].endpoint), "127.0.0.1:2");
  EXPECT_EQ(targets[1].host_header, "example.com");  // what is asked for is the same
  EXPECT_FALSE(lookup);
}

TEST(Targets, ARuleOfAnotherHostIsForNobodyElse) {
  Plan plan;
  plan.urls = {"http://127.0.0.1:80/"};
  plan.connect_to = {"127.0.0.1:81:127.0.0.2:1", "127.0.0.3:80:127.0.0.2:1"};
  std::optional<double> lookup;
  EXPECT_EQ(endpoint_text(resolve_targets(plan, lookup)[0].endpoint), "127.0.0.1:80");
}

TEST(Requests, AreSerialisedWithTheHeadersThatAServerNeeds) {
  Plan plan;
  const auto target = parse_target("http://127.0.0.1:3779/x");
  EXPECT_EQ(serialise_head(plan, target, false),
            "GET /x HTTP/1.1\r\nHost: 127.0.0.1:3779\r\nUser-Agent: hammer/" TWS_VERSION
            "\r\nAccept: */*\r\n\r\n");
  EXPECT_THAT(serialise_head(plan, target, true), HasSubstr("\r\nConnection: close\r\n"));
  plan.method = "POST";
  EXPECT_THAT(serialise_head(plan, target, false), HasSubstr("\r\nContent-Length: 0\r\n"));
  EXPECT_THAT(ask(plan, {1, "POST", "http://a/", "hello"}).kept.head,
              testing::EndsWith("\r\nContent-Length: 5\r\n\r\nhello"));
}

TEST(Requests, ALargeBodyIsNotCopied) {
  Plan plan;
  const Body body = std::string(1'000'000, 'x');
  const auto request = ask(plan, {1, "POST", "http://a/", body}).kept;
  EXPECT_THAT(request.head, testing::EndsWith("\r\nContent-Length: 1000000\r\n\r\n"));
  EXPECT_EQ(request.rest.bytes().data(), body.bytes().data());
  EXPECT_EQ(request.size(), request.head.size() + 1'000'000);
}

TEST(Requests, AUserOfTheUrlIsBasicAuthentication) {
  Plan plan;
  const auto target = parse_target("http://me:p%40ss@a/x");
  EXPECT_EQ(target.host_header, "a");
  EXPECT_EQ(target.url, "http://me:...@a/x");
  EXPECT_THAT(serialise_head(plan, target, false),
              HasSubstr("\r\nAuthorization: Basic bWU6cEBzcw==\r\n"));  // me:p@ss
  EXPECT_EQ(parse_target("me@a").authorization, "Basic bWU6");
  EXPECT_THAT(serialise_head(plan, parse_target("http://a/me:you@b"), false),
              Not(HasSubstr("Authorization")));
  plan.headers = {{"authorization", "Bearer x"}};
  EXPECT_THAT(serialise_head(plan, target, false), Not(HasSubstr("Basic")));
  EXPECT_EQ(without_password("me:you@a:80/x:y@z"), "me:...@a:80/x:y@z");
  EXPECT_EQ(without_password("http://a:80/x:y@z"), "http://a:80/x:y@z");
}

TEST(Requests, AHeaderOfThePlanReplacesOurs) {
  Plan plan;
  plan.headers = {{"host", "other"}, {"user-agent", "mine"}, {"X-A", "b"}};
  const auto request = serialise_head(plan, parse_target("http://a/"), false);
  EXPECT_EQ(request,
            "GET / HTTP/1.1\r\nAccept: */*\r\nhost: other\r\nuser-agent: mine\r\n"
            "X-A: b\r\n\r\n");
}

std::string filled(const Ask& ask, std::uint64_t number, std::string_view line = "") {
  Request request;
  std::string buffer;
  ask.pattern->fill(false, {1, number, line}, buffer, request);
  return request.head + request.rest.bytes();
}

TEST(Requests, WithoutPlaceholdersAreSerialisedOnce) {
  Plan plan;
  EXPECT_FALSE(ask(plan, {1, "GET", "http://a/x", {}}).pattern);
  EXPECT_FALSE(ask(plan, {1, "POST", "http://a/x", "{}"}).pattern);
  const auto escaped = ask(plan, {1, "POST", "http://a/x?\\{{y}}", "\\{{z}}"});
  EXPECT_FALSE(escaped.pattern);
  EXPECT_THAT(escaped.kept.head, testing::StartsWith("POST /x?{{y}} HTTP/1.1\r\n"));
  EXPECT_THAT(escaped.kept.head, testing::EndsWith("\r\nContent-Length: 5\r\n\r\n{{z}}"));
}

TEST(Requests, HavePlaceholdersInUrlHeaderAndBody) {
  Plan plan;
  plan.headers = {{"X-Id", "<{{seq}}>"}};
  const auto one = ask(plan, {1, "POST", "http://a/{{seq}}?q={{line}}#{{none}}", "n={{seq}}"});
  ASSERT_TRUE(one.pattern);
  EXPECT_EQ(filled(one, 12, "a b/c#d"),
            "POST /12?q=a%20b/c%23d HTTP/1.1\r\nHost: a\r\nUser-Agent: hammer/" TWS_VERSION
            "\r\nAccept: */*\r\nX-Id: <12>\r\nContent-Length: 4\r\n\r\nn=12");
  EXPECT_THAT(filled(one, 1234567), testing::EndsWith("\r\nContent-Length: 9\r\n\r\nn=1234567"));
  EXPECT_THAT(filled(ask(plan, {1, "GET", "http://a", {}}), 1), Not(HasSubstr("Content-Length")));
}

TEST(Requests, ALargeBodyThatStaysTheSameIsNotCopied) {
  const Body body = std::string(1'000'000, 'x');
  const auto one = ask({}, {1, "POST", "http://a/{{seq}}", body});
  Request request;
  std::string buffer;
  one.pattern->fill(false, {1, 1, ""}, buffer, request);
  EXPECT_EQ(request.rest.bytes().data(), body.bytes().data());
  EXPECT_THAT(request.head, testing::EndsWith("\r\nContent-Length: 1000000\r\n\r\n"));
}

TEST(Targets, EachIsAskedWhatItsAuthorityIsToBeAsked) {
  Plan plan;
  plan.urls = {"http://127.0.0.1:1/a", "http://127.0.0.2:1/b"};
  plan.lines = {{2, "GET", "http://127.0.0.1:1/a", {}},
                {1, "GET", "http://127.0.0.2:1/b", {}},
                {1, "HEAD", "http://127.0.0.1:1/c", {}}};
  std::optional<double> lookup;
  const auto targets = resolve_targets(plan, lookup);
  ASSERT_EQ(targets.size(), 2u);
  ASSERT_EQ(targets[0].asks.size(), 2u);
  EXPECT_EQ(targets[0].asks[1].number, 2u);
  EXPECT_TRUE(targets[0].asks[1].to_head);
  EXPECT_THAT(targets[0].order, ElementsAre(0, 1, 0));
  EXPECT_THAT(targets[1].order, ElementsAre(0));
  plan.lines.push_back({1, "GET", "http://127.0.0.3:1/", {}});
  EXPECT_THROW(resolve_targets(plan, lookup), UsageError);
}

TEST(Sources, AreAddressesListsAndNetworks) {
  EXPECT_EQ(parse_sources("127.0.0.1").size(), 1u);
  EXPECT_EQ(parse_sources("127.0.0.1,127.0.0.2,::1").size(), 3u);
  EXPECT_EQ(parse_sources("127.0.1.0/28").size(), 14u);  // without the network's own two
  EXPECT_EQ(parse_sources("127.0.1.0/30").size(), 2u);
  EXPECT_EQ(parse_sources("fd00::/126").front().to_string(), "fd00::1");  // :: is the routers'
  EXPECT_EQ(parse_sources("fd00::/126").back().to_string(), "fd00::3");
  EXPECT_EQ(parse_sources("10.0.0.0/16").size(), 65'534u);
  EXPECT_EQ(parse_sources("127.0.1.7/28").front().to_string(), "127.0.1.1");
  for (auto text : {"", ",", "localhost", "127.0.0.1,", "127.0.0", "127.0.0.0/33", "127.0.0.0/",
                    "127.0.0.0/8", "fe80::/64"})
    EXPECT_THROW(parse_sources(text), UsageError) << text;
}

TEST(Sources, NetworksOfTwoAddressesAndOfOne) {
  const auto texts = [](std::string_view text) {
    std::vector<std::string> addresses;
    for (const auto& address : parse_sources(text)) addresses.push_back(address.to_string());
    return addresses;
  };
  for (auto text : {"127.0.1.0/31", "127.0.1.1/31"})
    EXPECT_THAT(texts(text), ElementsAre("127.0.1.0", "127.0.1.1"));
  EXPECT_THAT(texts("127.0.1.7/32"), ElementsAre("127.0.1.7"));
  EXPECT_THAT(texts("255.255.255.254/31"), ElementsAre("255.255.255.254", "255.255.255.255"));
  EXPECT_THAT(texts("fd00::3/127"), ElementsAre("fd00::2", "fd00::3"));
  EXPECT_THAT(texts("::1/128"), ElementsAre("::1"));
}

TEST(Sources, MustBeThisMachines) {
  EXPECT_NO_THROW(check_sources(parse_sources("127.0.0.1")));
  // TEST-NET-1 of RFC 5737 is nobody's.
  EXPECT_THAT([] { check_sources(parse_sources("192.0.2.1")); },
              ThrowsMessage<RunError>(HasSubstr("192.0.2.1")));
}

TEST(Names, AreResolvedOnceAndEveryAddressIsTried) {
  Plan plan;
  plan.urls = {"http://127.0.0.1:1/", "http://localhost:1/"};
  std::optional<double> lookup;
  const auto targets = resolve_targets(plan, lookup);
  ASSERT_EQ(targets.size(), 2u);
  EXPECT_TRUE(lookup.has_value());
  EXPECT_EQ(endpoint_text(targets[0].endpoint), "127.0.0.1:1");

  asio::io_context io;
  Acceptor acceptor{io, {asio::ip::make_address("127.0.0.1"), 0}};
  plan.urls = {"http://localhost:" + std::to_string(acceptor.local_endpoint().port()) + "/"};
  EXPECT_EQ(resolve_targets(plan, lookup).front().endpoint, acceptor.local_endpoint());

  lookup.reset();
  plan.urls = {"http://127.0.0.1:1/"};
  resolve_targets(plan, lookup);
  EXPECT_FALSE(lookup.has_value());

  plan.urls = {"http://no-such-name.invalid/"};  // RFC 6761: it never resolves
  EXPECT_THAT([&] { resolve_targets(plan, lookup); },
              ThrowsMessage<RunError>(HasSubstr("cannot resolve 'no-such-name.invalid'")));
}

}  // namespace
}  // namespace tws::load
