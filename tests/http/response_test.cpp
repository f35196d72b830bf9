#include "http/response.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tws {
namespace {

using namespace std::string_literals;

// The faults of three kinds.
std::string name(ResponseFault fault) {
  if (fault == ResponseFault::none) return {};
  return fault <= ResponseFault::head_too_large ? std::string(words(fault)) : "no HTTP";
}

struct Outcome {
  bool done = false;
  int status = 0;
  std::uint64_t body = 0;
  std::size_t left = 0;  // bytes behind the response
  std::string error;
  bool keep_alive = false;
  std::string fault = {};
  std::string lenient = {};
};

// Feeds `text` in parts of `part` bytes as a connection would, then its end if `end`.
Outcome read(LastResponse& last, std::string_view text, std::size_t part, bool end = false,
             bool to_head = false, bool strict = false) {
  ResponseReader reader(last, strict);
  reader.start(to_head);
  std::string buffer;
  auto error = ResponseFault::none;
  Outcome outcome;
  for (std::size_t at = 0; at < text.size() && error == ResponseFault::none; at += part) {
    buffer += text.substr(at, part);
    if (!reader.done()) buffer.erase(0, reader.feed(buffer.data(), buffer.size(), error));
  }
  if (end && error == ResponseFault::none && !reader.done()) error = reader.feed_end();
  outcome.done = reader.done();
  outcome.error = name(error);
  outcome.fault = words(error);
  outcome.left = buffer.size();
  if (outcome.done) {
    outcome.status = reader.status();
    outcome.body = reader.body_bytes();
    outcome.keep_alive = reader.keep_alive();
    for (std::size_t i = 0; i < lenience_words.size(); ++i)
      if (reader.leniences().has(i))
        outcome.lenient += (outcome.lenient.empty() ? "" : ", ") + std::string(lenience_words[i]);
  }
  return outcome;
}

Outcome read(std::string_view text, std::size_t part, bool end = false, bool to_head = false) {
  LastResponse last;
  return read(last, text, part, end, to_head);
}

struct Case {
  const char* what;
  std::string text;
  Outcome expected;
  bool end = false;
  bool to_head = false;
};

const std::vector<Case> cases{
    {"content-length",
     "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
     {true, 200, 5, 0, "", true}},
    {"no body", "HTTP/1.1 204 No Content\r\n\r\n", {true, 204, 0, 0, "", true}},
    {"304 with a length",
     "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
     {true, 304, 0, 0, "", true}},
    {"answer to HEAD",
     "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
     {true, 200, 0, 0, "", true},
     false,
     true},
    {"chunked with extensions and trailers",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n1\r\n!\r\n0\r\n"
     "Digest: x\r\n\r\n",
     {true, 200, 6, 0, "", true}},
    {"chunked, empty",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     {true, 200, 0, 0, "", true}},
    {"until the end",
     "HTTP/1.1 200 OK\r\n\r\nHello from plaque!\n",
     {true, 200, 19, 0, "", false},
     true},
    {"until the end, empty", "HTTP/1.1 200 OK\r\n\r\n", {true, 200, 0, 0, "", false}, true},
    {"HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", {true, 200, 2, 0, "", false}},
    {"connection: close",
     "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
     {true, 200, 0, 0, "", false}},
    {"100 and 103 first",
     "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
     "HTTP/1.1 503 No\r\nContent-Length: 2\r\n\r\nno",
     {true, 503, 2, 0, "", true}},
    {"more than its length",
     "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhixyz",
     {true, 200, 2, 3, "", true}},
    {"chunked and empty",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     {true, 200, 0, 0, "", true}},
    {"a trailer changes nothing",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n!\r\n0\r\n"
     "Connection: close\r\n\r\n",
     {true, 200, 1, 0, "", true}},
    {"not even one that frames bodies elsewhere, or could not stand in a head",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n!\r\n0\r\n"
     "Content-Length: 5\r\ncontent-length: x\r\nTransfer-Encoding: gzip\r\nConnection: @\r\n\r\n"
     "hello",
     {true, 200, 1, 5, "", true}},
    {"chunks behind 100",
     "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
     "1;a=\"\\\"\"\r\n!\r\n0\r\n\r\nHTTP",
     {true, 200, 1, 4, "", true}},
    {"chunked, in answer to HEAD",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
     {true, 200, 0, 0, "", true},
     false,
     true},
    {"nor does it keep open what is to be closed",
     "HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n!\r\n0\r\n"
     "Connection: keep-alive\r\n\r\n",
     {true, 200, 1, 0, "", false}},
    {"coded, but not in chunks: until the end",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n0\r\n\r\n",
     {true, 200, 5, 0, "", false},
     true},
    {"coded, and then in chunks",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: Chunked\r\n\r\n"
     "1\r\n!\r\n0\r\n\r\n",
     {true, 200, 1, 0, "", true}},
    {"coded, and then in chunks, in one line",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip ,\tchunked \r\n\r\n1\r\n!\r\n0\r\n\r\n",
     {true, 200, 1, 0, "", true}},
    {"coded twice, by nothing named chunked: until the end",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunkedy, gzip\r\n\r\n0\r\n\r\n",
     {true, 200, 5, 0, "", false},
     true},
    {"chunks in HTTP/1.0 are the last response",
     "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n"
     "1\r\n!\r\n0\r\n\r\n",
     {true, 200, 1, 0, "", false}},
    {"HTTP/1.0, kept",
     "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhi",
     {true, 200, 2, 0, "", true}},
    {"a folded line is one",
     "HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length:\r\n 2\r\n\r\nhi",
     {true, 200, 2, 0, "", true}},
    {"an empty line first",
     "\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
     {true, 200, 2, 0, "", true}},
    {"a space behind the status, and no reason",
     "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n",
     {true, 200, 0, 0, "", true}},
    {"status 999", "HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n", {true, 999, 0, 0, "", true}},

    {"cut off in the head", "HTTP/1.1 200 OK\r\nContent-Le", {false, 0, 0, 0, "truncated"}, true},
    {"cut off in the body",
     "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
     {false, 0, 0, 0, "truncated"},
     true},
    {"cut off in a chunk",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
     {false, 0, 0, 0, "truncated"},
     true},
    {"only 100", "HTTP/1.1 100 Continue\r\n\r\n", {false, 0, 0, 0, "truncated"}, true},
    {"nothing", "", {false, 0, 0, 0, "truncated"}, true},
    {"101 unasked", "HTTP/1.1 101 Switching Protocols\r\n\r\n", {false, 0, 0, 0, "no HTTP"}},
    {"status 000", "HTTP/1.1 000 What\r\nContent-Length: 0\r\n\r\n", {false, 0, 0, 0, "no HTTP"}},
    {"status 099, until the end",
     "HTTP/1.1 099 What\r\n\r\nHello",
     {false, 0, 0, 0, "no HTTP"},
     true},
    {"not HTTP", "SSH-2.0-OpenSSH_9.2\r\n\r\n", {false, 0, 0, 0, "no HTTP"}},
    {"a bad chunk",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nhello\r\n",
     {false, 0, 0, 0, "no HTTP"}},
    {"a chunk that is longer than its size",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n!!",
     {false, 0, 0, 0, "no HTTP"}},
    {"a quoted extension without an end",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;a=\"b\r\n",
     {false, 0, 0, 0, "no HTTP"}},
    {"a trailer without a colon",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX\r\n",
     {false, 0, 0, 0, "no HTTP"}},
    {"not HTTP, and short", "+OK\r\n", {false, 0, 0, 0, "no HTTP"}, true},
    {"two digits of status", "HTTP/1.1 12 No\r\n\r\n", {false, 0, 0, 0, "no HTTP"}},
    {"six digits of status", "HTTP/1.1 012345 No\r\n\r\n", {false, 0, 0, 0, "no HTTP"}},
    {"a length and chunks",
     "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     {false, 0, 0, 0, "no HTTP"}},
    {"chunks and a length",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
     {false, 0, 0, 0, "no HTTP"}},
    {"a length and another coding",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
     {false, 0, 0, 0, "no HTTP"}},
    {"chunked twice",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
     {false, 0, 0, 0, "no HTTP"}},
    {"chunked, and then coded, in one line",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
     {false, 0, 0, 0, "no HTTP"},
     true},
    {"chunked, and then coded, in two lines",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n\r\n0\r\n\r\n",
     {false, 0, 0, 0, "no HTTP"},
     true},
    {"chunked between others",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip,Chunked ,\tdeflate\r\n\r\n0\r\n\r\n",
     {false, 0, 0, 0, "no HTTP"},
     true},
    {"chunked with a parameter, and then coded",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked;q=1, gzip\r\n\r\n0\r\n\r\n",
     {false, 0, 0, 0, "no HTTP"},
     true},
    {"nearly chunked",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n abc\r\n\r\n0\r\n\r\n",
     {false, 0, 0, 0, "no HTTP"}},
    {"chunked with a parameter",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n",
     {false, 0, 0, 0, "no HTTP"}},
    {"a length with a sign",
     "HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello",
     {false, 0, 0, 0, "no HTTP"}},
    {"a length below 0",
     "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
     {false, 0, 0, 0, "no HTTP"}},
    {"a length of more than 64 bits",
     "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551616\r\n\r\nhello",
     {false, 0, 0, 0, "no HTTP"}},
    {"a chunk of more than 64 bits",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000000\r\nhello\r\n",
     {false, 0, 0, 0, "no HTTP"}},
    {"two lengths",
     "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
     {false, 0, 0, 0, "no HTTP"}},
};

TEST(Responses, WholeAndSplitAtEveryByte) {
  for (const auto& c : cases) {
    for (std::size_t part = c.text.size() ? c.text.size() : 1; part > 0; --part) {
      const auto seen = read(c.text, part, c.end, c.to_head);
      EXPECT_EQ(seen.done, c.expected.done) << c.what << " in parts of " << part;
      EXPECT_EQ(seen.error, c.expected.error) << c.what << " in parts of " << part;
      if (!c.expected.done) continue;
      EXPECT_EQ(seen.status, c.expected.status) << c.what;
      EXPECT_EQ(seen.body, c.expected.body) << c.what << " in parts of " << part;
      EXPECT_EQ(seen.left, c.expected.left) << c.what << " in parts of " << part;
      EXPECT_EQ(seen.keep_alive, c.expected.keep_alive) << c.what;
    }
  }
}

struct Forgiven {
  std::string text;
  const char* what;             // what is forgiven; empty where nothing is
  const char* fault_if_strict;  // none where it is read all the same
  std::uint64_t body = 2;
};

const std::vector<Forgiven> forgiven{
    {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "", ""},
    {"HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nhi", "", ""},
    {"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nhi", "status lines without a space", "status line"},
    {"HTTP/1.1 200 OK\r\nContent-Length: 2\nX: y\r\n\r\nhi",
     "heads with lines that end with LF alone", "header line"},
    {"HTTP/1.1 200\nContent-Length: 2\n\nhi",
     "status lines without a space, heads with lines that end with LF alone", "status line"},
    {"HTTP/1.1 200 OK\r\nX: y\r\n z\r\nContent-Length: 2\r\n\r\nhi", "heads with folded lines",
     "header line"},
    {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi",
     "heads that repeat their Content-Length", "Content-Length"},
    {"HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nhi", "heads that repeat their Content-Length",
     "Content-Length"},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2  \r\nhi\r\n0 \r\n\r\n",
     "bodies with blanks behind a chunk size", "chunk"},
    {"HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n2;a=b \r\nhi\r\n0\r\n\r\n",
     "heads with lines that end with LF alone, bodies with blanks behind a chunk size",
     "status line"},
    {"\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "responses with empty lines around them",
     "status line"},
    {"HTTP/1.1 103\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
     "status lines without a space", "status line"},
};

TEST(Responses, WhatIsForgivenIsCountedAndRefusedIfStrict) {
  for (const auto& one : forgiven)
    for (std::size_t part = one.text.size(); part > 0; --part) {
      LastResponse last;
      const auto seen = read(last, one.text, part);
      EXPECT_TRUE(seen.done) << one.text << " in parts of " << part << ": " << seen.fault;
      EXPECT_EQ(seen.body, one.body) << one.text;
      EXPECT_EQ(seen.lenient, one.what) << one.text << " in parts of " << part;
      EXPECT_EQ(read(last, one.text, part).lenient, one.what) << "the second time";
      LastResponse other;
      EXPECT_EQ(read(other, one.text, part, false, false, true).fault, one.fault_if_strict)
          << one.text;
    }
}

// The framing stays open, so that each of them is refused at once, before the connection ends.
TEST(Responses, WhatIsWrongIsNamed) {
  const std::pair<std::string, std::string> all[] = {
      {"HTTP/2 200\r\n", "status line"},
      {"HTTP/1.2 200 OK\r\n", "status line"},
      {"HTTP/1.1 2 OK\n", "status line"},
      {"HTTP/1.1 200OK\r\n", "status line"},
      {"HTTP/1.1 200 O\rK\r\n", "status line"},
      {"HTTP/1.1 200 OK\rContent-Length: 2\r\rok", "status line"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\rok", "header line"},
      {"\r\rHTTP/1.1 200 OK", "status line"},
      {"HTTP/1.1 200 OK\r\n X: y", "header line"},
      {"HTTP/1.1 200 OK\r\nX : y\r\n\r\n", "header line"},
      {"HTTP/1.1 200 OK\r\nX\r\n\r\n", "header line"},
      {"HTTP/1.1 200 OK\r\n: y\r\n\r\n", "header line"},
      {"HTTP/1.1 200 OK\r\nX: a\rb\r\n\r\n", "header line"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 5x\r\n\r\n", "Content-Length"},
      {"HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n", "Content-Length"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\n", "Content-Length"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding:\r\n\r\n", "Transfer-Encoding"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\n", "Transfer-Encoding"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\n0\n\n", "chunk"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\n0\n\n", "chunk"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\n\n", "chunk"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\n", "chunk"},
      {"HTTP/1.1 101 Switching Protocols\r\n\r\n", "101 that nobody asked for"},
  };
  for (const auto& [text, what] : all)
    for (std::size_t part = text.size(); part > 0; --part)
      EXPECT_EQ(read(text, part).fault, what) << text << " in parts of " << part;
}

TEST(Responses, EndlessInterimResponsesAreCutOff) {
  std::string text;
  for (int i = 0; i < 32; ++i) text += "HTTP/1.1 102 Processing\r\n\r\n";
  const std::string final = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  EXPECT_TRUE(read(text + final, 100).done);
  text += "HTTP/1.1 102 Processing\r\n\r\n";
  EXPECT_EQ(read(text + final, 100).error, "no HTTP");
}

TEST(Responses, AHeadHasALimit) {
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: ";
  EXPECT_TRUE(read(head + std::string(60'000, 'x') + "\r\n\r\n", 1000).done);
  EXPECT_EQ(read(head + std::string(70'000, 'x') + "\r\n\r\n", 1000).error, "head too large");
}

TEST(Responses, WhatFramesAChunkHasALimit) {
  const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_TRUE(read(head + "0\r\nX: " + std::string(60'000, 'x') + "\r\n\r\n", 1000).done);
  for (const std::string endless : {"0\r\nX: ", "1;", "1;a=\"", "0"})
    EXPECT_EQ(read(head + endless + std::string(140'000, '0'), 1000).error, "head too large")
        << endless;
}

// The outcome of the second response, and whether the first one left something to be repeated.
std::pair<Outcome, bool> read_second(std::string_view first, std::string_view second,
                                     bool second_to_head = false) {
  LastResponse last;
  read(last, first, first.size());
  const bool remembered = !last.head.empty();
  return {read(last, second, second.size(), false, second_to_head), remembered};
}

TEST(Responses, OneThatBeginsLikeTheLastOneIsReadLikeIt) {
  const std::string head = "HTTP/1.1 404 No\r\nContent-Length: 5\r\nConnection: close\r\n\r\n";
  const auto [outcome, remembered] = read_second(head + "hello", head + "again");
  EXPECT_TRUE(remembered);
  EXPECT_TRUE(outcome.done);
  EXPECT_EQ(outcome.status, 404);
  EXPECT_EQ(outcome.body, 5u);
  EXPECT_FALSE(outcome.keep_alive);
}

TEST(Responses, OneThatOnlyBeginsLikeTheLastOneIsParsed) {
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
  EXPECT_FALSE(read_second(head + "hello", head + "hell").first.done);
  EXPECT_FALSE(read_second(head + "hello", head.substr(0, 30)).first.done);
  EXPECT_EQ(read_second(head + "hello", head + "hello, world").first.left, 7u);
  const auto other = "HTTP/1.1 500 NO\r\nContent-Length: 5\r\n\r\nhello";
  EXPECT_EQ(read_second(head + "hello", other).first.status, 500);
  EXPECT_EQ(read_second(head + "hello", std::string(head.size() + 5, 'x')).first.error, "no HTTP");
  // The same head, but what follows is no body.
  EXPECT_EQ(read_second(head + "hello", head + "hello", true).first.left, 5u);
}

TEST(Responses, WhatIsNotFramedByItsHeadAloneIsNotRemembered) {
  const std::string plain = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  for (const auto& first : {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"s,
                            "HTTP/1.1 100 Continue\r\n\r\n" + plain, plain + "more",
                            "HTTP/1.1 200 OK\r\n\r\nuntil the end"s})
    EXPECT_FALSE(read_second(first, plain).second) << first;
}

TEST(ResponseReader, KeepsTheLocationOfTheLatestResponseIfThatIsAsked) {
  const std::string with = "HTTP/1.1 302 x\r\nlocation:  /a b \r\nContent-Length: 0\r\n\r\n";
  const std::string without = "HTTP/1.1 302 x\r\nContent-Length: 0\r\n\r\n";
  const std::string interim = "HTTP/1.1 103 x\r\nLocation: /b\r\n\r\n" + without;
  LastResponse last;
  ResponseReader reader(last, false, true);
  // The second of two equal ones is not parsed.
  for (const auto& [text, location] :
       {std::pair(with, "/a b"), std::pair(with, "/a b"), std::pair(without, ""),
        std::pair(without, ""), std::pair(interim, ""), std::pair(with, "/a b")}) {
    auto fault = ResponseFault::none;
    reader.start(false);
    reader.feed(text.data(), text.size(), fault);
    EXPECT_TRUE(reader.done());
    EXPECT_EQ(reader.location(), location);
  }
  LastResponse other;
  ResponseReader plain(other);
  auto fault = ResponseFault::none;
  plain.start(false);
  plain.feed(with.data(), with.size(), fault);
  EXPECT_EQ(plain.location(), "");
}

}  // namespace
}  // namespace tws
