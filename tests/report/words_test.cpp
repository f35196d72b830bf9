#include "tws/report/words.hpp"

#include <gtest/gtest.h>

#include <csignal>

namespace tws {
namespace {

TEST(SignalName, IsKnownForTheUsualOnes) {
  EXPECT_EQ(signal_name(SIGINT), "SIGINT");
  EXPECT_EQ(signal_name(SIGTERM), "SIGTERM");
  EXPECT_EQ(signal_name(40), "signal 40");
}

TEST(ErrnoWords, AreTheSystems) {
  EXPECT_EQ(errno_words("ECONNREFUSED"), "connection refused");
  EXPECT_EQ(errno_words("write: EPIPE"), "broken pipe");
  EXPECT_EQ(errno_words("connect: EADDRNOTAVAIL"), "cannot assign requested address");
}

TEST(ErrnoWords, AreOnlyForAnErrno) {
  EXPECT_FALSE(errno_words("timeout"));
  EXPECT_FALSE(errno_words("read: truncated"));
  EXPECT_FALSE(errno_words(""));
}

}  // namespace
}  // namespace tws
