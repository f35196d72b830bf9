#include "tws/support/errors.hpp"

#include <gtest/gtest.h>

#include <cerrno>

namespace tws {
namespace {

TEST(Errors, HaveTheNamesThatPeopleSearchFor) {
  EXPECT_EQ(errno_name(EADDRNOTAVAIL), "EADDRNOTAVAIL");
  EXPECT_EQ(errno_name(ECONNRESET), "ECONNRESET");
  EXPECT_EQ(errno_name(4711), "errno 4711");
}

TEST(Errors, HaveAText) {
  EXPECT_EQ(errno_text(ECONNREFUSED), "connection refused");
}

TEST(Errors, StayOnOneLine) {
  EXPECT_EQ(one_line("A: b\r\nC\x1b[1m\x7f"), "A: b\\x0d\\x0aC\\x1b[1m\\x7f");
  EXPECT_EQ(one_line("caf\xc3\xa9"), "caf\xc3\xa9");
}

}  // namespace
}  // namespace tws
