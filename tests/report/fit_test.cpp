#include "report/fit.hpp"

#include <gtest/gtest.h>

namespace tws {
namespace {

TEST(Fitted, BreaksLongLinesBetweenWordsOnly) {
  EXPECT_EQ(fitted("", 10), "");
  EXPECT_EQ(fitted("short\n\nlines\n", 10), "short\n\nlines\n");
  EXPECT_EQ(fitted("exactly 10\n", 10), "exactly 10\n");
  EXPECT_EQ(fitted("one two three four", 10), "one two\n    three\n    four");
  EXPECT_EQ(fitted("  a indented line is\n", 12), "  a indented\n      line\n      is\n");
  EXPECT_EQ(fitted("averyveryverylongword and more\n", 10),
            "averyveryverylongword\n    and\n    more\n");
}

TEST(Fitted, CountsColumns) {
  EXPECT_EQ(fitted("\x1b[31m12345\x1b[0m 6789\n", 10), "\x1b[31m12345\x1b[0m 6789\n");
  EXPECT_EQ(fitted("■■■■■ ■■■■\n", 10), "■■■■■ ■■■■\n");
  EXPECT_EQ(fitted("  a:\t12345678 9\n", 17), "  a:\t12345678\n      9\n");
  EXPECT_EQ(fitted("  a:\t12345678 9\n", 18), "  a:\t12345678 9\n");
}

TEST(Fitted, LeavesCommandsAsTheyAre) {
  EXPECT_EQ(fitted("hammer -H 'A: ...' \\\n  http://a/\n", 10),
            "hammer -H 'A: ...' \\\n  http://a/\n");
}

TEST(ShellLines, BreakBetweenWordsOfTheShell) {
  EXPECT_EQ(shell_lines("hammer -z 1s http://a/", 80), "hammer -z 1s http://a/\n");
  EXPECT_EQ(
      shell_lines("hammer -H 'Accept: a b c d e f' --disable-keepalive http://127.0.0.1/", 44),
      "hammer -H 'Accept: a b c d e f' \\\n  --disable-keepalive http://127.0.0.1/\n");
  EXPECT_EQ(shell_lines("hammer --timeout 10s --close-by client -z 1s", 42),
            "hammer --timeout 10s --close-by client \\\n  -z 1s\n");
  EXPECT_EQ(shell_lines("hammer 'a'\\''b c' --eight-and-twenty-letters-long x", 40),
            "hammer 'a'\\''b c' \\\n  --eight-and-twenty-letters-long x\n");
}

}  // namespace
}  // namespace tws
