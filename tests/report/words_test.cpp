#include "report/words.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>

namespace tws {
namespace {

TEST(SignalName, IsKnownForTheUsualOnes) {
  EXPECT_EQ(signal_name(SIGINT), "SIGINT");
  EXPECT_EQ(signal_name(SIGTERM), "SIGTERM");
  EXPECT_EQ(signal_name(40), "signal 40");
}

TEST(FailureWords, AreTheSystems) {
  EXPECT_EQ(words_of(ECONNREFUSED), "connection refused");
  EXPECT_EQ(words_of({Phase::write, EPIPE}), "broken pipe");
}

TEST(FailureWords, AreOnlyForAnErrno) {
  EXPECT_FALSE(words_of(Cause::timeout));
  EXPECT_FALSE(words_of({Phase::read, Cause::truncated}));
}

}  // namespace
}  // namespace tws
