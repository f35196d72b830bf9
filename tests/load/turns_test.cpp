#include "load/turns.hpp"

#include <gmock/gmock.h>

#include <map>
#include <set>

namespace tws::load {
namespace {

Job job_of(const std::vector<std::uint64_t>& weights) {
  Job job;
  job.plan.urls = {"http://127.0.0.1:1/"};
  for (const auto weight : weights) job.plan.lines.push_back({weight, "GET", job.plan.urls[0], {}});
  std::optional<double> lookup;
  job.targets = resolve_targets(job.plan, lookup);
  return job;
}

TEST(Turns, ANumberOfRequestsIsSharedOutExactly) {
  auto job = job_of({3, 1, 2, 1});
  for (std::uint64_t step = 1; step <= 10; ++step) {
    for (const int times : {1, 2, 3, 10}) {
      const auto requests = 7 * static_cast<std::uint64_t>(times);
      job.plan.requests = requests;
      std::map<std::size_t, int> seen;
      for (std::uint64_t first = 0; first < step; ++first) {
        Turns turns(job, first, step);
        // As Crew shares them out.
        const auto share = requests / step + (first < requests % step ? 1 : 0);
        for (std::uint64_t i = 0; i < share; ++i) ++seen[turns.next(job.targets[0]).number];
      }
      EXPECT_EQ(seen, (std::map<std::size_t, int>{
                          {0, 3 * times}, {1, times}, {2, 2 * times}, {3, times}}))
          << step << ' ' << times;
    }
  }
}

TEST(Turns, EachWorkerGoesThroughAll) {
  const auto job = job_of({1, 1});
  for (std::uint64_t first = 0; first < 2; ++first) {
    Turns turns(job, first, 2);
    std::set<std::size_t> seen;
    for (int i = 0; i < 2; ++i) seen.insert(turns.next(job.targets[0]).number);
    EXPECT_EQ(seen.size(), 2u);
  }
}

TEST(Turns, NumbersAreOnceInAllWorkersAndLinesComeInTurn) {
  auto job = job_of({1});
  job.body_lines = {"a", "b", "c", "d", "e"};
  std::multiset<std::uint64_t> numbers;
  std::multiset<std::string_view> lines;
  for (std::uint64_t first = 0; first < 2; ++first) {
    Turns turns(job, first, 2);
    for (std::uint64_t i = first; i < 5; i += 2) {
      const auto values = turns.values(turns.begin_request());
      numbers.insert(values.number());
      lines.insert(values.line());
    }
  }
  EXPECT_THAT(numbers, testing::ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(lines, testing::ElementsAre("a", "b", "c", "d", "e"));
}

}  // namespace
}  // namespace tws::load
