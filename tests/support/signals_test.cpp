#include "support/signals.hpp"

#include <gtest/gtest.h>

#include <csignal>

namespace tws {
namespace {

TEST(StopOnSignals, TheFirstSignalAsksForAStopAndItsRepetitionDoesNothing) {
  const StopOnSignals signals;
  EXPECT_FALSE(signals.stop_asked());
  EXPECT_EQ(signals.taken(), std::nullopt);
  std::raise(SIGTERM);
  EXPECT_TRUE(signals.stop_asked());
  std::raise(SIGTERM);
  std::raise(SIGINT);
  EXPECT_EQ(signals.taken(), SIGTERM);
}

TEST(StopOnSignals, ARepetitionDoesNothingAfterwardsEither) {
  {
    const StopOnSignals signals;
    std::raise(SIGINT);
  }
  std::raise(SIGINT);
  const StopOnSignals next;
  EXPECT_EQ(next.taken(), std::nullopt);
}

TEST(StopOnSignals, WithinOneOthersChangeNothing) {
  const StopOnSignals outer;
  { const StopOnSignals inner; }
  std::raise(SIGINT);  // does not end the program
  { const StopOnSignals inner; }
  EXPECT_EQ(StopOnSignals::taken(), SIGINT);
  EXPECT_TRUE(outer.stop_asked());
}

TEST(StopOnSignals, LaterOnesEndTheProgram) {
  const auto twice = [](int seconds) {
    const StopOnSignals signals;
    std::raise(SIGINT);
    timespec pause{seconds, 500'000'000};
    nanosleep(&pause, nullptr);
    std::raise(SIGTERM);
    std::_Exit(0);
  };
  EXPECT_EXIT(twice(2), testing::KilledBySignal(SIGTERM), "");
}

TEST(StopOnSignals, WithoutASignalTheyEndTheProgramAgain) {
  const auto once = [] {
    { const StopOnSignals signals; }
    std::raise(SIGTERM);
    std::_Exit(0);
  };
  EXPECT_EXIT(once(), testing::KilledBySignal(SIGTERM), "");
}

TEST(StopOnSignals, WhatIsIgnoredStaysIgnored) {
  std::signal(SIGHUP, SIG_IGN);
  {
    const StopOnSignals signals;
    std::raise(SIGHUP);
    EXPECT_EQ(signals.taken(), std::nullopt);
  }
  EXPECT_TRUE(is_ignored(SIGHUP));
}

}  // namespace
}  // namespace tws
