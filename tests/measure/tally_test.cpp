#include "tws/measure/tally.hpp"

#include <gtest/gtest.h>

namespace tws {
namespace {

using namespace std::chrono_literals;

TEST(Tally, MergingAddsCountsAndKeepsTheFirstFailure) {
  Tally left, right;
  left.attempts_failed[EADDRNOTAVAIL] = {3, 700ms};
  right.attempts_failed[EADDRNOTAVAIL] = {2, 500ms};
  right.attempts_failed[Cause::timeout] = {1, 5s};
  right.responses_by_status[200] = 10;
  right.responses_by_status[503] = 4;
  for (int i = 0; i < 4; ++i) right.latency_of_refused.record(1ms);
  right.time_in_phase[index(Phase::wait)] = 3s;
  right.in_flight.push_back({Phase::wait, 7s});
  left.merge(right);

  EXPECT_EQ(left.attempts_failed[EADDRNOTAVAIL].count, 5u);
  EXPECT_EQ(left.attempts_failed[EADDRNOTAVAIL].first, 500ms);
  EXPECT_EQ(left.attempts_failed[Cause::timeout].first, 5s);
  EXPECT_EQ(total(left.attempts_failed), 6u);
  EXPECT_EQ(left.responses(), 14u);
  EXPECT_EQ(left.successes(), 10u);
  EXPECT_EQ(left.time_in_phase[index(Phase::wait)], 3s);
  EXPECT_EQ(left.in_flight.size(), 1u);
}

TEST(Tally, UrlsAreAddedUp) {
  Tally sum, one;
  one.by_url = {{"GET", "a", 3, 2, 1, 4ms}, {"GET", "b", 1, 1, 0, 1ms}};
  one.by_url[0].latency.record(1ms);
  sum.merge(one);
  sum.merge(one);
  ASSERT_EQ(sum.by_url.size(), 2u);
  EXPECT_EQ(sum.by_url[0].responses, 6u);
  EXPECT_EQ(sum.by_url[0].successes, 4u);
  EXPECT_EQ(sum.by_url[0].failed, 2u);
  EXPECT_EQ(sum.by_url[0].answering, 8ms);
  EXPECT_EQ(sum.by_url[0].latency.count(), 2u);
  EXPECT_EQ(sum.by_url[1].responses, 2u);
}

TEST(Tally, SuccessesAreResponsesThatWereNotRefused) {
  Tally tally;
  for (std::size_t status : {200u, 204u, 304u, 404u}) tally.responses_by_status[status] = 1;
  tally.latency_of_refused.record(1ms);
  EXPECT_EQ(tally.responses(), 4u);
  EXPECT_EQ(tally.successes(), 3u);
}

}  // namespace
}  // namespace tws
