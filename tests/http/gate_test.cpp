#include "http/gate.hpp"

#include "server/request.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <string>

namespace tws::server {
namespace {

struct Case {
  std::string bytes;
  unsigned status;  // 0: accepted
};

void PrintTo(const Case& example, std::ostream* out) {
  *out << testing::PrintToString(example.bytes.substr(0, 100));
}

std::string with(const std::string& fields) {
  return "POST / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
}

std::string line(const std::string& request_line) {
  return request_line + "\r\nHost: a\r\n\r\n";
}

std::string fields(int number) {
  std::string lines;
  for (int i = 0; i < number; ++i) lines += "X: y\r\n";
  return lines;
}

class GateCases : public testing::TestWithParam<Case> {};

unsigned status_of(const Gate& gate, Gate::Verdict verdict) {
  if (verdict == Gate::Verdict::accepted) return 0;
  return verdict == Gate::Verdict::refused ? gate.status() : 999;
}

TEST_P(GateCases, WholeAndByteByByte) {
  const auto& [bytes, status] = GetParam();
  Gate whole{HeadLimits{}};
  EXPECT_EQ(status_of(whole, whole.look(bytes + "rest\n")), status);
  Gate gate{HeadLimits{}};
  auto verdict = Gate::Verdict::unfinished;
  std::size_t size = 0;
  while (verdict == Gate::Verdict::unfinished && size < bytes.size())
    verdict = gate.look(std::string_view(bytes).substr(0, ++size));
  EXPECT_EQ(status_of(gate, verdict), status);
  if (status == 0) {
    EXPECT_EQ(gate.head_end(), bytes.size());
  }
}

TEST_P(GateCases, WhatIsAcceptedIsAcceptedByTheParserToo) {
  const auto& [bytes, status] = GetParam();
  if (status != 0) return;
  const ServerLimits limits;
  std::string body;
  RequestParser parser(limits, body);
  boost::beast::flat_buffer buffer;
  buffer.commit(boost::asio::buffer_copy(buffer.prepare(bytes.size()), boost::asio::buffer(bytes)));
  parser.feed(buffer);
  EXPECT_EQ(parser.request().refusal, 0U);
  EXPECT_EQ(buffer.size(), 0U);
}

const std::string kilobytes_8(8 * 1024, 'a');

INSTANTIATE_TEST_SUITE_P(
    RequestLine, GateCases,
    testing::Values(
        Case{line("GET / HTTP/1.1"), 0}, Case{"GET / HTTP/1.0\r\n\r\n", 0},
        Case{line("\r\n\r\nGET / HTTP/1.1"), 0}, Case{line("\r\n\r\n\r\nGET / HTTP/1.1"), 400},
        Case{line("GET /?a=%41%7e HTTP/1.1"), 0}, Case{line("GET /{|}\"<>^` HTTP/1.1"), 0},
        Case{line("GET http://a HTTP/1.1"), 0}, Case{line("GET HTTP://a:80?x HTTP/1.1"), 0},
        Case{line("GET http://[::1]:80/ HTTP/1.1"), 0}, Case{line("GET http:///x HTTP/1.1"), 400},
        Case{line("GET http://u@a/ HTTP/1.1"), 400}, Case{line("GET ftp://a/ HTTP/1.1"), 400},
        Case{line("OPTIONS * HTTP/1.1"), 0}, Case{line("GET * HTTP/1.1"), 400},
        Case{line("CONNECT a:443 HTTP/1.1"), 0}, Case{line("CONNECT /a HTTP/1.1"), 400},
        Case{line("GET a:443 HTTP/1.1"), 400}, Case{line("GET a HTTP/1.1"), 400},
        Case{line("M-SEARCH / HTTP/1.1"), 0}, Case{line("G\tET / HTTP/1.1"), 400},
        Case{line("GET  / HTTP/1.1"), 400}, Case{line("GET / HTTP/1.1 "), 400},
        Case{line(" GET / HTTP/1.1"), 400}, Case{line("GET / x HTTP/1.1"), 400},
        Case{line("GET /#a HTTP/1.1"), 400}, Case{line("GET /\\a HTTP/1.1"), 400},
        Case{line("GET /\xc3\xa9 HTTP/1.1"), 400}, Case{line("GET /%0d%0a HTTP/1.1"), 400},
        Case{line("GET /%7F HTTP/1.1"), 400}, Case{line("GET /%2?%0a HTTP/1.1"), 0},
        Case{line("GET /?a=%0A%0d%09%00 HTTP/1.1"), 0}, Case{line("GET /%00?a HTTP/1.1"), 400},
        Case{line("GET http://a?%0A/%0A HTTP/1.1"), 0},
        Case{line("GET http://a/%0A?a HTTP/1.1"), 400},
        Case{line("GET http://a%0Ab/ HTTP/1.1"), 400}, Case{line("GET /?\n HTTP/1.1"), 400},
        Case{line("GET http://[fe80::1%25eth0]:80/ HTTP/1.1"), 0},
        Case{line("GET http://[fe80::1%eth0] HTTP/1.1"), 0},
        Case{line("GET http://[fe80::1%10]?a HTTP/1.1"), 0},
        Case{line("GET http://[fe80::1%25]/ HTTP/1.1"), 400},
        Case{line("CONNECT [fe80::1%25eth0]:443 HTTP/1.1"), 0}, Case{line("GET / HTTP/1.2"), 505},
        Case{line("GET / HTTP/2.0"), 505}, Case{"PRI * HTTP/2.0\r\n", 505},
        Case{line("GET / HTTP/1.10"), 400}, Case{line("GET / http/1.1"), 400},
        Case{line("GET / HTTP/1"), 400}, Case{line("GET /"), 400},
        Case{line("GET /" + kilobytes_8.substr(1) + " HTTP/1.1"), 0},
        Case{line("GET /" + kilobytes_8 + " HTTP/1.1"), 414},
        Case{"GET /" + kilobytes_8 + kilobytes_8, 414},
        Case{line(std::string(32, 'M') + " / HTTP/1.1"), 0}, Case{std::string(33, 'M'), 501},
        Case{std::string(33, '('), 400}, Case{"\x16\x03\x01", 400}, Case{"GET / HTTP/1.1\n", 400},
        Case{"GET / HTTP/1.1\rH", 400}));

INSTANTIATE_TEST_SUITE_P(
    Fields, GateCases,
    testing::Values(Case{with(""), 0}, Case{with("X:\r\n"), 0}, Case{with("X: \xe9\ta b \r\n"), 0},
                    Case{with("X : a\r\n"), 400}, Case{with(": a\r\n"), 400},
                    Case{with("X\r\n"), 400}, Case{with("X(: a\r\n"), 400},
                    Case{with("X: a\r\n b\r\n"), 400},
                    Case{"GET / HTTP/1.1\r\n \r\nHost: a\r\n\r\n", 400},
                    Case{with("X: a\nb\r\n"), 400}, Case{with("X: a\rb\r\n"), 400},
                    Case{with(std::string("X: a\0\r\n", 8)), 400}, Case{with("X: \x7f\r\n"), 400},
                    Case{with("Y: " + kilobytes_8 + "\r\n"), 0},
                    Case{with("Y: " + kilobytes_8 + kilobytes_8 + "\r\n"), 431},
                    Case{with(fields(99)), 0}, Case{with(fields(100)), 431}));

INSTANTIATE_TEST_SUITE_P(
    Host, GateCases,
    testing::Values(Case{"GET / HTTP/1.1\r\n\r\n", 400}, Case{with("Host: a\r\n"), 400},
                    Case{"GET / HTTP/1.1\r\nhost:\ta.b-c_d:1\r\n\r\n", 0},
                    Case{"GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", 0},
                    Case{"GET / HTTP/1.1\r\nHost: a:\r\n\r\n", 0},
                    Case{"GET / HTTP/1.1\r\nHost: \r\n\r\n", 400},
                    Case{"GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400},
                    Case{"GET / HTTP/1.1\r\nHost: a,b\r\n\r\n", 400},
                    Case{"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
                    Case{"GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400},
                    Case{"GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", 400},
                    Case{"GET / HTTP/1.1\r\nHost: [x]\r\n\r\n", 400},
                    Case{"GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", 400},
                    Case{"GET / HTTP/1.1\r\nHost: \xe9\r\n\r\n", 400},
                    Case{"GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", 400}));

Case host(const std::string& value, unsigned status) {
  return {"GET / HTTP/1.1\r\nHost: " + value + "\r\n\r\n", status};
}

INSTANTIATE_TEST_SUITE_P(
    Zone, GateCases,
    testing::Values(host("[fe80::1%25eth0]:8080", 0), host("[fe80::1%25a-b_c.d~%2fe]", 0),
                    host("[fe80::1%eth0]", 0), host("[fe80::1%en-0.1]:80", 0), host("[::%7]", 0),
                    host("[fe80::1%25]", 400), host("[fe80::1%]", 400), host("[fe80::1%25%]", 400),
                    host("[fe80::1%25%2]", 400), host("[fe80::1%25%zz]", 400),
                    host("[fe80::1%25a%00]", 400), host("[fe80::1%25a%7F]", 400),
                    host("[fe80::1%eth0%25]", 400), host("[fe80::1%%25eth0]", 400),
                    host("[fe80::1%25eth 0]", 400), host("[fe80::1%eth/0]", 400),
                    host("[fe80::1%25eth:0]", 400), host("[%25eth0]", 400), host("[x%25eth0]", 400),
                    host("[fe80::1%25eth0", 400), host("[fe80::1]%25eth0", 400), host("a%25b", 0),
                    host("a%0ab", 400), host("a%b", 400)));

INSTANTIATE_TEST_SUITE_P(
    Framing, GateCases,
    testing::Values(
        Case{with("Content-Length: 0\r\n"), 0}, Case{with("content-length:\t12 \r\n"), 0},
        Case{with("Content-Length: 012\r\n"), 400}, Case{with("Content-Length:\r\n"), 400},
        Case{with("Content-Length: +1\r\n"), 400}, Case{with("Content-Length: 1, 1\r\n"), 400},
        Case{with("Content-Length: 1000000000000000000\r\n"), 400},
        Case{with("Content-Length: 1\r\nContent-Length: 1\r\n"), 400},
        Case{with("Transfer-Encoding: chunked\r\n"), 0},
        Case{with("transfer-encoding:\tCHUNKED \r\n"), 0},
        Case{with("Transfer-Encoding: gzip, chunked\r\n"), 501},
        Case{with("Transfer-Encoding: gzip\r\n"), 400},
        Case{with("Transfer-Encoding: chunked, gzip\r\n"), 400},
        Case{with("Transfer-Encoding: chunked, chunked\r\n"), 400},
        Case{with("Transfer-Encoding: chunked,\r\n"), 400},
        Case{with("Transfer-Encoding: , chunked\r\n"), 400},
        Case{with("Transfer-Encoding: chunked;a=b\r\n"), 400},
        Case{with("Transfer-Encoding:\r\n"), 400},
        Case{with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400},
        Case{with("Transfer-Encoding: chunked\r\nContent-Length: 1\r\n"), 400},
        Case{with("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"), 400},
        Case{"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        Case{with("Content-Type: a/b\r\n"), 0},
        Case{with("Content-Type: a/b\r\nContent-Type: a/b\r\n"), 400},
        Case{with("Connection: close, , keep-alive\r\n"), 0}, Case{with("Connection:\r\n"), 0},
        Case{with("Connection: a b\r\n"), 400}, Case{with("Proxy-Connection: @\r\n"), 400}));

TEST(Gate, TheLimitsAreTheOptions) {
  const HeadLimits limits{.target = 10, .head = 60, .fields = 2};
  const auto verdict = [&](const std::string& bytes) {
    Gate gate(limits);
    return status_of(gate, gate.look(bytes));
  };
  EXPECT_EQ(verdict(line("GET /123456789 HTTP/1.1")), 0U);
  EXPECT_EQ(verdict(line("GET /1234567890 HTTP/1.1")), 414U);
  EXPECT_EQ(verdict(line("GET / HTTP/1.1\r\nX: y")), 0U);
  EXPECT_EQ(verdict(line("GET / HTTP/1.1\r\nX: y\r\nX: y")), 431U);
  EXPECT_EQ(verdict(line("GET / HTTP/1.1\r\nX: " + std::string(28, 'y'))), 0U);  // 60 bytes
  EXPECT_EQ(verdict(line("GET / HTTP/1.1\r\nX: " + std::string(29, 'y'))), 431U);
}

TEST(Gate, KnowsWhetherTheConnectionMayStayOpen) {
  const auto stays = [](const std::string& version, const std::string& fields) {
    Gate gate{HeadLimits{}};
    const auto text = "GET / HTTP/" + version + "\r\nHost: a\r\n" + fields + "\r\n";
    EXPECT_EQ(gate.look(text), Gate::Verdict::accepted) << text;
    return gate.keep_alive();
  };
  EXPECT_TRUE(stays("1.1", ""));
  EXPECT_FALSE(stays("1.0", ""));
  EXPECT_TRUE(stays("1.0", "Connection: a, Keep-Alive\r\n"));
  EXPECT_FALSE(stays("1.0", "Connection: keep-alive, close\r\n"));
  EXPECT_FALSE(stays("1.0", "Connection: close\r\nConnection: keep-alive\r\n"));
  EXPECT_FALSE(stays("1.1", "Connection:\r\nConnection: ,CLOSE\r\n"));
  EXPECT_TRUE(stays("1.1", "Connection: closed\r\nProxy-Connection: close\r\n"));
  EXPECT_FALSE(stays("1.0", "Proxy-Connection: keep-alive\r\n"));
}

TEST(Gate, HasNoOpinionOnWhatIsBehindTheHead) {
  Gate gate{HeadLimits{}};
  EXPECT_EQ(gate.look("\r\nGET / HTTP/1.0\r\n\r\n\x01\n"), Gate::Verdict::accepted);
  EXPECT_EQ(gate.head_begin(), 2U);
  EXPECT_EQ(gate.head_end(), 20U);
}

}  // namespace
}  // namespace tws::server
