#include "tws/measure/unreadable.hpp"

#include "tws/measure/tally.hpp"

#include <gtest/gtest.h>

namespace tws {
namespace {

TEST(Unreadable, ProtocolsAreKnownByTheirFirstBytes) {
  using namespace std::string_view_literals;
  EXPECT_EQ(protocol_of("\x15\x03\x01\x00\x02"sv), "TLS");
  EXPECT_EQ(protocol_of("\0\0\x12\x04\0\0\0\0\0"sv), "HTTP/2");
  EXPECT_EQ(protocol_of("HTTP/2 200"), "HTTP/2");
  EXPECT_EQ(protocol_of("HTTP/1.2 200 OK"), "another version of HTTP");
  EXPECT_EQ(protocol_of("<html>"), "HTTP/0.9 (a page without a head)");
  EXPECT_EQ(protocol_of("SSH-2.0-x"), "SSH");
  EXPECT_EQ(protocol_of("J\0\0\0\n5.7"sv), "MySQL");
  for (auto bytes : {"", "H", "HTTP/1.1 2 OK", "HTTP/1.1 200OK", "whatever"})
    EXPECT_EQ(protocol_of(bytes), "") << bytes;
}

TEST(Unreadable, ItsBytesAreShownAndOnlyAStatusLineNamesAProtocol) {
  EXPECT_EQ(words_of_bytes({"status line", 0, 1, "HTTP/2 200\r\n\r\n"}),
            "48 54 54 50 2f 32 20 32 30 30 0d 0a ..., looks like HTTP/2");
  EXPECT_EQ(words_of_bytes({"header line", 0, 1, "<x"}), "3c 78");
}

TEST(Unreadable, IsCountedByPartAndTarget) {
  Tally tally, other;
  tally.add_unreadable({"chunk", 0, 1, "first"});
  other.add_unreadable({"chunk", 0, 2, "second"});
  other.add_unreadable({"chunk", 1, 1, "x"});
  other.add_unreadable({"status line", 0, 1, "y"});
  other.lenient["heads with folded lines"] = 3;
  tally.merge(other);
  ASSERT_EQ(tally.unreadable.size(), 3u);
  EXPECT_EQ(tally.unreadable[0], (Unreadable{"chunk", 0, 3, "first"}));
  EXPECT_EQ(tally.lenient.at("heads with folded lines"), 3u);
}

}  // namespace
}  // namespace tws
