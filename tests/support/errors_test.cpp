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

}  // namespace
}  // namespace tws
