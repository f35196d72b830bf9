#include "report/progress.hpp"

#include <gmock/gmock.h>

namespace tws {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

// Ten ticks a second, of 120 requests each, up to `end`.
Timeline timeline(std::chrono::milliseconds end, std::uint64_t errors = 0) {
  Timeline timeline;
  for (auto from = 0ms; from < end; from += 100ms) {
    Tick tick;
    tick.from = from;
    tick.requests = 120;
    tick.errors = errors;
    for (int i = 0; i < 120; ++i) tick.latency.record(2ms);
    timeline.add(tick);
  }
  return timeline;
}

Census with_ports(std::uint64_t count) {
  Census census;
  census.client_ports = count;
  return census;
}

struct Progress : testing::Test {
  Progress() {
    plan.duration = 10s;
    limits.ports = PortRange{32768, 60999};
  }
  std::string line(const Timeline& of, double elapsed, int width = 80) const {
    return progress_line(of, plan, limits, elapsed, {false, false, width});
  }
  Plan plan;
  Limits limits;
};

TEST_F(Progress, SaysTimeRateLatencyErrorsAndPorts) {
  auto times = timeline(3000ms);
  times.add_census(3s, with_ports(14116));
  EXPECT_EQ(line(times, 3.0),
            "[####....] ports 14,116/28,232  3.0/10.0 s    1,200 req/s  0 errors  p99 2.00 ms");
}

TEST_F(Progress, WithTwoSourceAddressesThereAreTwiceAsMany) {
  auto times = timeline(3000ms);
  auto census = with_ports(14116);
  census.client[TcpState::TimeWait] = 28232;
  times.add_census(3s, census);
  EXPECT_THAT(progress_line(times, plan, limits, 3.0, {false, false, 80}, 2),
              HasSubstr("ports 28,232/56,464"));
}

TEST_F(Progress, AtTheStartNothingIsKnown) {
  EXPECT_EQ(line(Timeline(), 0.0), "0.0/10.0 s        - req/s  0 errors  p99       -");
}

TEST_F(Progress, TheRateIsOfTheLastSecond) {
  auto times = timeline(1000ms);
  times.add_time_wait(5s, 700);  // samples without a request until then
  const std::string now = line(times, 5.0);
  EXPECT_THAT(now, HasSubstr(" 0 req/s"));
  EXPECT_THAT(now, HasSubstr("p99       -"));
  EXPECT_THAT(now, HasSubstr("700 TIME_WAIT"));
}

TEST_F(Progress, TheRateIsNotLowWhileTicksAreStillComing) {
  EXPECT_THAT(line(timeline(2900ms), 3.0), HasSubstr(" 1,200 req/s"));
}

TEST_F(Progress, WithoutADurationThereIsNoEnd) {
  plan.duration.reset();
  EXPECT_THAT(line(timeline(1000ms), 1.0), testing::StartsWith("1.0 s  "));
}

TEST_F(Progress, FitsAnyWidth) {
  auto times = timeline(3000ms, 1000);
  times.add_census(3s, with_ports(28232));
  for (int width = 0; width < 120; ++width)
    EXPECT_LE(line(times, 3.0, width).size(), static_cast<std::size_t>(width));
  EXPECT_EQ(line(times, 3.0, 26), "[####] ports 28,232/28,232");
  EXPECT_EQ(line(times, 3.0, 25), "ports 28,232/28,232");
  EXPECT_EQ(line(times, 3.0, 40), "[######] ports 28,232/28,232  3.0/10.0 s");
  EXPECT_THAT(line(times, 3.0, 120),
              testing::StartsWith("[####################] ports 28,232/28,232  3.0/10.0 s"));
}

TEST_F(Progress, ColoursTakeNoRoom) {
  auto times = timeline(3000ms, 1);
  times.add_census(3s, with_ports(28232));
  const std::string coloured = progress_line(times, plan, limits, 3.0, {true, false, 100});
  EXPECT_THAT(coloured, HasSubstr("\x1b[31m30 errors\x1b[0m"));
  EXPECT_THAT(coloured, HasSubstr("\x1b[0m] ports 28,232/28,232  3.0/10.0 s"));
  EXPECT_THAT(line(times, 3.0), Not(HasSubstr("\x1b")));
}

TEST_F(Progress, UnicodeGauge) {
  auto times = timeline(1000ms);
  times.add_census(1s, with_ports(2824));
  EXPECT_THAT(progress_line(times, plan, limits, 1.0, {false, true, 100}),
              HasSubstr("[██░░░░░░░░░░░░░░░░░░] ports 2,824/28,232"));
}

}  // namespace
}  // namespace tws
