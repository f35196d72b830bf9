// Moments that are due, overdue or never come, and those that are woken: nobody who is due is left
// waiting.
#include "io/coroutine.hpp"
#include "io/loop.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

namespace tws::io {
namespace {

using namespace std::chrono_literals;

constexpr auto never = Clock::time_point::max();
constexpr auto always = Clock::time_point::min();

// Wakes a loop that stands still, and says so: without it the test would hang.
class Watchdog {
 public:
  explicit Watchdog(Loop& loop)
      : thread_([this, &loop] {
          std::unique_lock lock(mutex_);
          while (!done_.wait_for(lock, 20s, [this] { return ended_; })) {
            ADD_FAILURE() << "the loop stands still";
            loop.wake();
          }
        }) {}
  ~Watchdog() {
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
    }
    done_.notify_one();
    thread_.join();
  }
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  std::mutex mutex_;
  std::condition_variable done_;
  bool ended_ = false;
  std::thread thread_;
};

Clock::time_point in(std::chrono::nanoseconds time) {
  return Clock::now() + time;
}

Spawned wait_once(Socket& socket, Clock::time_point moment, int& ends) {
  co_await socket.until(moment);
  ++ends;
}

Spawned wait_to_be_woken(Socket& socket, int& ends) {
  co_await socket.until_woken();
  ++ends;
}

TEST(Moments, OnesThatHavePassedComeWithTheNextTurn) {
  Loop loop;
  const Watchdog watchdog(loop);
  for (const auto moment : {always, Clock::time_point{}, in(-1h), Clock::now()}) {
    Socket socket(loop);
    int ends = 0;
    wait_once(socket, moment, ends);
    EXPECT_EQ(ends, 0);
    loop.run_until(in(1ms));
    EXPECT_EQ(ends, 1);
  }
}

TEST(Moments, OneThatNeverComesHoldsNobodyUp) {
  Loop loop;
  const Watchdog watchdog(loop);
  Socket far(loop), woken(loop), due(loop);
  int ends = 0, woken_ends = 0, due_ends = 0;
  wait_once(far, never, ends);
  wait_to_be_woken(woken, woken_ends);
  wait_once(due, in(1ms), due_ends);
  loop.run_until(in(3ms));
  EXPECT_EQ(ends + woken_ends, 0);
  EXPECT_EQ(due_ends, 1);
  loop.run_until(always);  // it has passed: nothing is waited for
  far.wake();
  woken.wake();
  EXPECT_EQ(ends + woken_ends, 2);
}

TEST(Moments, OneThatIsWokenSoonHasTheNextTurnAndHoldsNobodyUp) {
  Loop loop;
  const Watchdog watchdog(loop);
  Socket far(loop), woken(loop), due(loop);
  int ends = 0, woken_ends = 0, due_ends = 0;
  wait_once(far, never, ends);
  wait_to_be_woken(woken, woken_ends);
  wait_once(due, in(1ms), due_ends);
  far.wake_soon();
  woken.wake_soon();
  EXPECT_EQ(ends + woken_ends, 0);
  loop.run_until(in(2ms));
  EXPECT_EQ(ends, 1);
  EXPECT_EQ(woken_ends, 1);
  EXPECT_EQ(due_ends, 1);
  due.wake_soon();  // it waits for nothing
}

// As a listener that a connection's end wakes while another's time is up.
TEST(Moments, TwoThatWakeEachOtherLeaveTimeForAThird) {
  Loop loop;
  const Watchdog watchdog(loop);
  Socket first(loop), second(loop), third(loop);
  bool ended = false;
  int third_ends = 0;
  const auto wake_other = [](Socket& own, Socket& other, const bool& end) -> Spawned {
    while (!end) {
      co_await own.until_woken();
      other.wake_soon();
    }
  };
  wake_other(first, second, ended);
  wake_other(second, first, ended);
  wait_once(third, in(1ms), third_ends);
  first.wake_soon();
  loop.run_until(in(5ms));
  EXPECT_EQ(third_ends, 1);
  ended = true;
  first.wake();
  second.wake();
}

struct Waiter {
  explicit Waiter(Loop& loop) : socket(loop) {}
  Socket socket;
  Clock::time_point moment;
  bool waits_for_moment = false;
  bool woken = false;  // somebody called wake() or wake_soon()
  bool early = false;  // it went on before its moment, and nobody had woken it
  std::uint64_t waits = 0;
};

Clock::time_point any_moment(std::mt19937& random) {
  switch (random() % 6) {
    case 0:
      return always;
    case 1:
      return never;
    case 2:
      return in(-std::chrono::microseconds{random() % 1000});
    default:
      return in(std::chrono::microseconds{random() % 3000});
  }
}

Spawned wait_again_and_again(Waiter& waiter, std::deque<Waiter>& all, std::mt19937& random,
                             const bool& ended) {
  while (!ended) {
    ++waiter.waits;
    waiter.woken = false;
    waiter.waits_for_moment = random() % 4 != 0;
    waiter.moment = waiter.waits_for_moment ? any_moment(random) : never;
    if (waiter.waits_for_moment)
      co_await waiter.socket.until(waiter.moment);
    else
      co_await waiter.socket.until_woken();
    if (ended) break;
    if (!waiter.woken && Clock::now() < waiter.moment) waiter.early = true;
    if (random() % 2 == 0) {
      Waiter& other = all[random() % all.size()];
      other.woken = true;
      other.socket.wake_soon();
    }
  }
}

TEST(Moments, NobodyWhoIsDueIsLeftWaitingWhateverTheOrder) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    bool ended = false;
    Loop loop;
    const Watchdog watchdog(loop);
    std::deque<Waiter> all;
    for (int i = 0; i < 30; ++i) all.emplace_back(loop);
    for (auto& waiter : all) wait_again_and_again(waiter, all, random, ended);
    for (int round = 0; round < 30; ++round) {
      for (int i = 0; i < 3; ++i) {
        Waiter& waiter = all[random() % all.size()];
        waiter.woken = true;
        if (random() % 2 == 0)
          waiter.socket.wake_soon();
        else
          waiter.socket.wake();
      }
      const auto before = Clock::now();
      std::vector<std::uint64_t> due(all.size());
      for (std::size_t i = 0; i < all.size(); ++i)
        if (all[i].woken || all[i].moment <= before) due[i] = all[i].waits;
      loop.run_until(in(1ms));
      for (std::size_t i = 0; i < all.size(); ++i)
        EXPECT_TRUE(due[i] == 0 || all[i].waits > due[i]) << i;
    }
    for (const auto& waiter : all) EXPECT_FALSE(waiter.early);
    ended = true;
    for (auto& waiter : all) waiter.socket.wake();
  }
}

}  // namespace
}  // namespace tws::io
