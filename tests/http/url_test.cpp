#include "http/url.hpp"

#include "tws/support/errors.hpp"

#include <gmock/gmock.h>

namespace tws {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(Urls, AreReadFromUrls) {
  const auto target = parse_url("http://localhost:3779/a/b%20c?d=e&f#g");
  EXPECT_EQ(target.host, "localhost");
  EXPECT_EQ(target.port, 3779);
  EXPECT_EQ(target.host_header, "localhost:3779");
  EXPECT_EQ(target.path, "/a/b%20c?d=e&f");
}

TEST(Urls, HaveDefaults) {
  const auto target = parse_url("example.com");
  EXPECT_EQ(target.port, 80);
  EXPECT_EQ(target.host_header, "example.com");
  EXPECT_EQ(target.path, "/");
  EXPECT_EQ(parse_url("http://a?b").path, "/?b");
}

TEST(Urls, MayHaveHttps) {
  for (const auto* url : {"https://example.com/a", "HTTPS://example.com:443/a"}) {
    const auto target = parse_url(url);
    EXPECT_TRUE(target.secure);
    EXPECT_EQ(target.port, 443);
    EXPECT_EQ(target.host_header, "example.com");
    EXPECT_EQ(target.path, "/a");
  }
  EXPECT_EQ(parse_url("https://example.com:80/").host_header, "example.com:80");
  EXPECT_EQ(parse_url("http://example.com:443/").host_header, "example.com:443");
  EXPECT_FALSE(parse_url("http://example.com:443/").secure);
  EXPECT_FALSE(parse_url("example.com:443").secure);
}

TEST(Urls, KeepTheBracketsOfIPv6InTheHostHeader) {
  const auto target = parse_url("http://[::1]:8080/");
  EXPECT_EQ(target.host, "::1");
  EXPECT_EQ(target.host_header, "[::1]:8080");
  EXPECT_EQ(parse_url("[::1]:8080").host_header, "[::1]:8080");
}

// url.spec.whatwg.org: the path and query percent-encode sets.
TEST(Urls, AreEncodedAsBrowsersEncodeThem) {
  const auto path = [](std::string_view url) { return parse_url(url).path; };
  EXPECT_EQ(path("a/a?f[x]=1"), "/a?f[x]=1");
  EXPECT_EQ(path("a/{x}|[y]^`\"<>?{x}|^`\"<>'"), "/%7Bx%7D|[y]%5E%60%22%3C%3E?{x}|^`%22%3C%3E%27");
  EXPECT_EQ(path("a/b c?d e"), "/b%20c?d%20e");
  EXPECT_EQ(path("a/100%?50%&%41"), "/100%?50%&%41");
  EXPECT_EQ(path("a/\xc3\xbc?\xc3\xbc"), "/%C3%BC?%C3%BC");
  EXPECT_EQ(path("a/b?c#d?e"), "/b?c");
  EXPECT_EQ(path("a/b?c?d"), "/b?c?d");
  EXPECT_EQ(path("a#b"), "/");
  EXPECT_EQ(path("a/../b/./c"), "/../b/./c");
  EXPECT_EQ(path("localhost:18001/a?x=http://10.0.0.1:1/"), "/a?x=http://10.0.0.1:1/");
  EXPECT_EQ(parse_url("localhost:18001/a?x=http://10.0.0.1:1/").port, 18001);
  EXPECT_EQ(parse_url("HTTP://a:/").port, 80);
}

TEST(Urls, WhatIsNoUrlIsNamed) {
  for (auto text : {"", "http://", "https://", "ftp://a/", "http://a:0/", "http://a:65536/",
                    "http://a:x/", "http://a b/", "http://a/\r\nX: y", "http:///path",
                    "http://[::1/", "http://[1.2.3.4]/", "http://::1/", "http://a\tb/",
                    "http://a|b/", "http://b\xc3\xbc/", "http://[::1]x/", "a://b/"})
    EXPECT_THAT([&] { parse_url(text); },
                ThrowsMessage<UsageError>(HasSubstr("URL '" + std::string(text) + "'")))
        << text;
}

}  // namespace
}  // namespace tws
