#include "cli/server_options.hpp"

#include "tws/support/errors.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <vector>

namespace tws {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

std::optional<ServerOptions> parse(std::vector<const char*> words, std::ostream& out) {
  words.insert(words.begin(), "tws-server");
  return parse_server_options(static_cast<int>(words.size()), words.data(), out);
}

ServerOptions parse(std::vector<const char*> words) {
  std::ostringstream out;
  const auto options = parse(std::move(words), out);
  EXPECT_EQ(out.str(), "");
  return options.value();
}

std::string refusal(std::vector<const char*> words) {
  try {
    parse(std::move(words));
  } catch (const UsageError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(ServerOptions, HaveTheDefaultsOfTheDesign) {
  const ServerOptions options = parse({});
  EXPECT_EQ(options.listen.at(0), tcp::endpoint(asio::ip::address_v4::loopback(), 3779));
  EXPECT_EQ(options.mode, ServerMode::spawn);
  EXPECT_TRUE(options.keep_alive);
  EXPECT_EQ(options.close_by, ServerCloseBy::server);
  EXPECT_EQ(options.threads, 1U);
  EXPECT_EQ(options.body, "Hello from plaque!\n");
  EXPECT_EQ(options.body_size, std::nullopt);
  EXPECT_EQ(options.delay, 0ns);
  EXPECT_EQ(options.drain, 5s);
  EXPECT_EQ(options.admin, std::nullopt);
  EXPECT_EQ(options.limits.head.target, 8192U);
  EXPECT_EQ(options.limits.head.head, 16384U);
  EXPECT_EQ(options.limits.head.fields, 100U);
  EXPECT_EQ(options.limits.body, 1048576U);
  EXPECT_EQ(options.limits.chunk_overhead, 16384U);
  EXPECT_EQ(options.limits.requests, 0U);
  EXPECT_EQ(options.limits.connections, 0U);
  EXPECT_EQ(options.limits.head_time, 10s);
  EXPECT_EQ(options.limits.body_time, 30s);
  EXPECT_EQ(options.limits.idle_time, 75s);
  EXPECT_EQ(options.limits.write_time, 30s);
}

TEST(ServerOptions, TheLimitsAreAllTaken) {
  const ServerLimits limits =
      parse({"--max-target",      "1k", "--max-head",           "2k", "--max-fields",   "3",
             "--max-body",        "0",  "--max-chunk-overhead", "64", "--max-requests", "5",
             "--max-connections", "6",  "--head-timeout",       "7s", "--body-timeout", "8s",
             "--idle-timeout",    "0",  "--write-timeout",      "9s"})
          .limits;
  EXPECT_EQ(limits.head.target, 1024U);
  EXPECT_EQ(limits.head.head, 2048U);
  EXPECT_EQ(limits.head.fields, 3U);
  EXPECT_EQ(limits.body, 0U);
  EXPECT_EQ(limits.chunk_overhead, 64U);
  EXPECT_EQ(limits.requests, 5U);
  EXPECT_EQ(limits.connections, 6U);
  EXPECT_EQ(limits.head_time, 7s);
  EXPECT_EQ(limits.body_time, 8s);
  EXPECT_EQ(limits.idle_time, 0s);
  EXPECT_EQ(limits.write_time, 9s);
}

TEST(ServerOptions, AreAllTaken) {
  const ServerOptions options =
      parse({"--listen", "127.0.0.1:0", "--listen=[::1]:80", "--mode", "spawn", "--keep-alive=off",
             "--close-by", "client", "--threads", "3", "--body-size", "64k", "--delay", "20",
             "--drain", "1.5s", "--admin", "[::1]:9100"});
  EXPECT_EQ(options.admin, tcp::endpoint(asio::ip::address_v6::loopback(), 9100));
  ASSERT_EQ(options.listen.size(), 2U);
  EXPECT_EQ(options.listen[1], tcp::endpoint(asio::ip::address_v6::loopback(), 80));
  EXPECT_FALSE(options.keep_alive);
  EXPECT_EQ(options.close_by, ServerCloseBy::client);
  EXPECT_EQ(options.threads, 3U);
  EXPECT_EQ(options.body_size, 65536U);
  EXPECT_EQ(options.delay, 20ms);
  EXPECT_EQ(options.drain, 1500ms);
  EXPECT_EQ(parse({"--delay", "1s"}).delay, 1s);
  EXPECT_EQ(parse({"--delay", "1s", "--delay", "2s"}).delay, 2s);
  EXPECT_EQ(parse({"--admin", "[::1]:1", "--admin", "[::1]:2"}).admin->port(), 2);
  EXPECT_EQ(parse({"--body", ""}).body, "");
}

TEST(ServerOptions, SequentialClosesUnlessKeepAliveIsAskedFor) {
  EXPECT_FALSE(parse({"--mode", "sequential"}).keep_alive);
  EXPECT_TRUE(parse({"--mode", "sequential", "--keep-alive", "on"}).keep_alive);
}

// What is in files is tried in tests/end_to_end/server_tls_test.py.
TEST(ServerOptions, TlsIsOffUnlessAskedFor) {
  EXPECT_EQ(parse({}).tls, std::nullopt);
  const ServerOptions options = parse({"--tls-self-signed", "--threads", "2"});
  ASSERT_TRUE(options.tls);
  EXPECT_EQ(options.threads, 2U);
  EXPECT_THAT(options.tls->certificate.text, HasSubstr("BEGIN CERTIFICATE"));
  EXPECT_EQ(options.tls->certificate.name, "");
  EXPECT_TRUE(options.tls->tickets);
  EXPECT_FALSE(options.tls->client_ca);
  EXPECT_TRUE(parse({"--tls-self-signed", "a.example"}).tls);
  EXPECT_TRUE(parse({"--tls-self-signed=a.example"}).tls);
  EXPECT_FALSE(parse({"--tls-self-signed", "--tls-tickets", "off"}).tls->tickets);
}

TEST(ServerOptions, HelpAndVersionGoToTheStream) {
  std::ostringstream help;
  EXPECT_FALSE(parse({"--help"}, help));
  for (const auto* option : {"--listen", "--admin", "--mode", "--keep-alive", "--close-by",
                             "--threads", "--body", "--body-size", "--delay", "--drain", "--tls",
                             "--tls-self-signed", "--client-ca", "--tls-tickets", "--version"})
    EXPECT_THAT(help.str(), HasSubstr(option));
  std::ostringstream version;
  EXPECT_FALSE(parse({"--version"}, version));
  EXPECT_EQ(version.str(), "tws-server " TWS_VERSION "\n");
}

struct BadValue {
  const char* option;
  const char* value;
  const char* takes;
};

void PrintTo(const BadValue& bad, std::ostream* out) {
  *out << bad.option << ' ' << bad.value;
}

class BadValues : public testing::TestWithParam<BadValue> {};

TEST_P(BadValues, AreNamedInOneLine) {
  const auto& [option, value, takes] = GetParam();
  const std::string text = refusal({option, value});
  EXPECT_THAT(text, HasSubstr(option));
  EXPECT_THAT(text, HasSubstr(fmt::format("'{}'", value)));
  EXPECT_THAT(text, HasSubstr(takes));
  EXPECT_THAT(text, Not(HasSubstr("\n")));
}

INSTANTIATE_TEST_SUITE_P(
    All, BadValues,
    testing::Values(
        BadValue{"--listen", "3779", "ADDR:PORT"},
        BadValue{"--listen", "localhost:80", "ADDR:PORT"},
        BadValue{"--listen", "127.0.0.1:65536", "ADDR:PORT"},
        BadValue{"--listen", "127.0.0.1:", "ADDR:PORT"},
        BadValue{"--listen", "::1:80", "ADDR:PORT"},
        BadValue{"--listen", "[127.0.0.1]:80", "ADDR:PORT"},
        BadValue{"--admin", "9100", "ADDR:PORT"}, BadValue{"--admin", "", "ADDR:PORT"},
        BadValue{"--tls", "no-such-file", "CERT KEY"},
        BadValue{"--tls-self-signed", "a b", "a host name or an address"},
        BadValue{"--mode", "parallel", "sequential, spawn"},
        BadValue{"--keep-alive", "yes", "on, off"},
        BadValue{"--close-by", "nobody", "server, client"},
        BadValue{"--threads", "0", "from 1 to 1024"},
        BadValue{"--threads", "1025", "from 1 to 1024"},
        BadValue{"--threads", "two", "from 1 to 1024"}, BadValue{"--body-size", "big", "a size"},
        BadValue{"--body-size", "2T", "at most 1T"}, BadValue{"--delay", "-5", "milliseconds"},
        BadValue{"--delay", "5 s", "milliseconds"}, BadValue{"--drain", "soon", "a duration"},
        BadValue{"--max-target", "0", "from 1 to 1M"},
        BadValue{"--max-head", "63", "from 64 to 1M"}, BadValue{"--max-fields", "0", "from 1"},
        BadValue{"--max-body", "2T", "from 0 to 1T"},
        BadValue{"--max-chunk-overhead", "x", "from 64 to 1M"},
        BadValue{"--max-requests", "-1", "from 0"}, BadValue{"--max-connections", "all", "from 0"},
        BadValue{"--head-timeout", "x", "a duration"},
        BadValue{"--body-timeout", "x", "a duration"},
        BadValue{"--idle-timeout", "-1", "a duration"},
        BadValue{"--write-timeout", "", "a duration"}));

TEST(ServerOptions, AnEmptyValueIsNotTheDefault) {
  for (const auto* option :
       {"--listen", "--mode", "--keep-alive", "--close-by", "--threads", "--delay", "--drain"})
    EXPECT_THAT(refusal({option, ""}), HasSubstr(option));
}

TEST(ServerOptions, WhatIsUnknownOrMissingIsNamed) {
  EXPECT_THAT(refusal({"--colour"}), HasSubstr("--colour"));
  EXPECT_THAT(refusal({"stray"}), HasSubstr("stray"));
  EXPECT_THAT(refusal({"--listen"}), HasSubstr("--listen"));
  EXPECT_THAT(refusal({"--max-connections", "2", "--threads", "3"}),
              HasSubstr("each of the 3 threads"));
  EXPECT_THAT(refusal({"--body", "a", "--body-size", "1"}), HasSubstr("--body-size"));
  EXPECT_THAT(refusal({"--tls", "a", "b", "--tls-self-signed"}), HasSubstr("--tls-self-signed"));
  EXPECT_EQ(refusal({"--tls", "/no/a", "/no/b"}),
            "--tls: '/no/a' can't be read: no such file or directory");
  EXPECT_EQ(refusal({"--client-ca", "a"}), "--client-ca: it needs --tls or --tls-self-signed");
  EXPECT_EQ(refusal({"--tls-tickets", "on"}), "--tls-tickets: it needs --tls or --tls-self-signed");
  EXPECT_EQ(refusal({"--tls-self-signed", "--client-ca", "/no/a"}),
            "--client-ca: '/no/a' can't be read: no such file or directory");
  EXPECT_THAT(
      refusal({"--mode", "sequential", "--listen", "127.0.0.1:1", "--listen", "127.0.0.1:2"}),
      HasSubstr("127.0.0.1:2"));
}

}  // namespace
}  // namespace tws
