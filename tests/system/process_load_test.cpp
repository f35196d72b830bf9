#include "system/process.hpp"

#include <gmock/gmock.h>

namespace tws {
namespace {

using testing::AllOf;
using testing::DoubleEq;
using testing::Field;
using testing::Optional;

ProcessUse use(double seconds, std::map<int, double> threads) {
  ProcessUse use;
  use.started = 1234;
  use.cpu_seconds = seconds;
  use.thread_seconds = std::move(threads);
  return use;
}

auto load(double cores, double busiest_thread) {
  return Optional(AllOf(Field(&ProcessLoad::cores, DoubleEq(cores)),
                        Field(&ProcessLoad::busiest_thread, DoubleEq(busiest_thread))));
}

TEST(ProcessLoad, IsADifferenceOverTime) {
  const auto before = use(100, {{1, 60}, {2, 30}, {3, 10}});
  EXPECT_THAT(process_load(before, use(112, {{1, 62}, {2, 38}, {3, 12}}), 10), load(1.2, 0.8));
}

TEST(ProcessLoad, AnIdleProcessHasNone) {
  const auto idle = use(100, {{1, 60}, {2, 40}});
  EXPECT_THAT(process_load(idle, idle, 10), load(0, 0));
}

TEST(ProcessLoad, ThreadsComeAndGo) {
  const auto before = use(100, {{1, 60}, {2, 40}});
  EXPECT_THAT(process_load(before, use(109, {{1, 60}, {3, 5}}), 10), load(0.9, 0.5));
  EXPECT_THAT(process_load(before, use(103, {{1, 60}, {2, 3}}), 10), load(0.3, 0.3));
}

TEST(ProcessLoad, AThreadIsNeverBusierThanTheTime) {
  EXPECT_THAT(process_load(use(0, {{1, 0}}), use(10.02, {{1, 10.02}}), 10), load(1.002, 1));
}

TEST(ProcessLoad, AnotherProcessOrNoTime) {
  const auto before = use(100, {{1, 60}});
  auto other = use(101, {{1, 61}});
  EXPECT_EQ(process_load(before, other, 0), std::nullopt);
  EXPECT_EQ(process_load(before, other, -1), std::nullopt);
  other.started = 5678;
  EXPECT_EQ(process_load(before, other, 10), std::nullopt);
}

TEST(ThreadCpu, GoesUpWithWork) {
  const double before = thread_cpu_seconds();
  volatile unsigned work = 0;
  while (thread_cpu_seconds() == before) work = work + 1;
  EXPECT_GT(thread_cpu_seconds(), before);
}

}  // namespace
}  // namespace tws
