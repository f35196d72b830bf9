#include "http/chunked_body.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tws {
namespace {

using State = ChunkedBody::State;

constexpr ChunkLimits generous{.body = 1000, .overhead = 1000, .overhead_per_chunk = 12};

struct Outcome {
  State state = State::unfinished;
  std::string data;
  std::size_t used = 0;
  bool operator==(const Outcome&) const = default;
};

void PrintTo(const Outcome& outcome, std::ostream* out) {
  *out << "state " << static_cast<int>(outcome.state) << ", data " << outcome.data << ", "
       << outcome.used << " bytes used";
}

// In two parts, or, where `at` is 0, byte by byte.
Outcome read(std::string_view text, std::size_t at, const ChunkLimits& limits = generous) {
  ChunkedBody body(limits);
  Outcome outcome;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto part = text.substr(begin, at == 0 ? 1 : begin == 0 ? at : text.npos);
    begin += part.size();
    auto rest = part;
    while (!rest.empty() && body.state() == State::unfinished) outcome.data += body.next_data(rest);
    outcome.used += part.size() - rest.size();
  }
  outcome.state = body.state();
  return outcome;
}

void expect(const std::string& text, const Outcome& expected) {
  for (std::size_t at = 0; at <= text.size(); ++at)
    EXPECT_EQ(read(text, at), expected) << testing::PrintToString(text) << " split at " << at;
}

TEST(ChunkedBody, IsReadUpToItsEnd) {
  const std::string next = "GET / HTTP/1.1\r\n";
  struct Case {
    std::string text, data;
  };
  for (const auto& [text, data] : std::vector<Case>{
           {"0\r\n\r\n", ""},
           {"000\r\n\r\n", ""},
           {"5\r\nhello\r\n0\r\n\r\n", "hello"},
           {"0A\r\nhelloworld\r\n1\r\n!\r\n0\r\n\r\n", "helloworld!"},
           {"a\r\n0\r\n\r\n\t \r\n\r\r\n0\r\n\r\n", "0\r\n\r\n\t \r\n\r"},
           {"1;a;b=c ; d = \"e\"\t;f=\"\"\r\nx\r\n0 ;a\r\n\r\n", "x"},
           {"1;a=\"\\\";\\\\ \xff\\\xff\t\"\r\nx\r\n0;a=\"b\"\r\n\r\n", "x"},
           {"0\r\nX: y\r\nZ:\r\n\r\n", ""},
           {"0\r\nX:\ty \xe9\t\r\nx-y_z!:::\r\n\r\n", ""},
           // Names that mean something elsewhere mean nothing here, whatever the value.
           {"0\r\nContent-Length: 5\r\nContent-Length: x\r\nTransfer-Encoding: gzip\r\n"
            "Connection: @\r\nHost: a b\r\nTrailer: X\r\nExpect: y\r\n\r\n",
            ""},
       })
    expect(text + next, {State::complete, data, text.size()});
}

TEST(ChunkedBody, ThatIsNotWholeIsUnfinished) {
  for (const std::string text : {"5", "5;", "5;x", "5 ", "5;x=", "5;x=\"abc", "5;x=\"\\", "5\r",
                                 "0\r\n", "0\r\n\r", "0\r\nX", "0\r\nX:", "0\r\nX: y\r\n"})
    expect(text, {State::unfinished, "", text.size()});
  expect("5\r\nhel", {State::unfinished, "hel", 6});
  expect("3\r\nhel\r", {State::unfinished, "hel", 7});
}

// `right`: what may still become a chunked body. The byte behind it can't.
TEST(ChunkedBody, IsRefusedAtTheFirstWrongByte) {
  struct Case {
    std::string right, wrong;
  };
  for (const auto& [right, wrong] : std::vector<Case>{
           {"", "\r\n"},
           {"", "x\r\n"},
           {"", " 5\r\n"},
           {"", "-1\r\n"},
           {"", ";a\r\n"},
           {"0", "x5\r\n"},
           {"5", "_\r\n"},
           {"5", "\n"},
           {"5\r", "x\n"},
           {"5 ", "\r\n"},
           {"5 ", "5\r\n"},
           {"ffffffffffffffff", "0\r\n"},
           {"5;", "\r\n"},
           {"5;", "=b\r\n"},
           {"5;", std::string("\0", 1)},
           {"5;a", "[=x\r\n"},
           {"5;a", "\n"},
           {"5;a ", "\r\n"},
           {"5;a ", "b\r\n"},
           {"5;a=", "\r\n"},
           {"5;a=", ";b\r\n"},
           {"5;a=b", "\"c\r\n"},
           {"5;a=b ", "\r\n"},
           {"5;x=\"abc", "\r\n"},
           {"5;x=\"abc", "\n"},
           {"5;x=\"a\\", "\r\n"},
           {"5;x=\"\\", "\x7f"},
           {"5;x=\"a\\\"", "\r\n"},
           {"5;x=\"a\"", "b\r\n"},
           {"5;x=\"a\" ", "\r\n"},
           {"0;x=\"abc", "\r\n\r\n"},
           {"0\r\n", " X: y\r\n"},
           {"0\r\n", "\n"},
           {"0\r\n", ": y\r\n"},
           {"0\r\nX", "\r\n\r\n"},
           {"0\r\nX", " : y\r\n"},
           {"0\r\nX", "(: y\r\n"},
           {"0\r\nX: ", "\n"},
           {"0\r\nX: ", std::string("\0", 1)},
           {"0\r\nX: y\r", "z"},
           {"0\r\nX: y\r\n", "\tz\r\n"},
           {"0\r\nX: y\r\n\r", "x"},
           {"0\r\nContent-Length", "\r\n\r\n"},
       })
    expect(right + wrong, {State::malformed, "", right.size() + 1});
  expect("3\r\nabcd\r\n", {State::malformed, "abc", 7});
  expect("3\r\nabc\n", {State::malformed, "abc", 7});
  expect("3\r\nabc\rx", {State::malformed, "abc", 8});
  expect("3\r\nabc\r\n\r\n", {State::malformed, "abc", 9});
}

TEST(ChunkedBody, HasNoMoreDataThanItsLimit) {
  const auto state = [](const std::string& text) {
    return read(text, text.size(), {.body = 5, .overhead = 100, .overhead_per_chunk = 0}).state;
  };
  EXPECT_EQ(state("5\r\nhello\r\n0\r\n\r\n"), State::complete);
  EXPECT_EQ(state("6\r\n"), State::too_much_data);
  EXPECT_EQ(state("3\r\nabc\r\n3\r\n"), State::too_much_data);
  EXPECT_EQ(state("1\r\nabc"), State::malformed);
  EXPECT_EQ(state("ffffffffffffffff\r\n"), State::too_much_data);
}

TEST(ChunkedBody, HasNoMoreOverheadThanItsLimit) {
  const ChunkLimits limits{.body = 100, .overhead = 10, .overhead_per_chunk = 5};
  const auto state = [&](const std::string& text) { return read(text, 0, limits).state; };
  EXPECT_EQ(state("1\r\nx\r\n1\r\nx\r\n0\r\n\r\n"), State::complete);
  EXPECT_EQ(state("0000000001"), State::unfinished);
  EXPECT_EQ(state("00000000001"), State::too_much_overhead);
  EXPECT_EQ(state("1;a=\"bcdefg"), State::too_much_overhead);
  EXPECT_EQ(state("0\r\nX: 12345678"), State::unfinished);
  EXPECT_EQ(state("0\r\nX: 1234567890"), State::too_much_overhead);
}

}  // namespace
}  // namespace tws
