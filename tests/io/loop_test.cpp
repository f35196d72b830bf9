#include "io/loop.hpp"

#include "io/coroutine.hpp"
#include "pair.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <new>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

namespace tws::io {
namespace {

using namespace std::chrono_literals;

// Two ends of a connection; the first is the loop's, the other one blocks.
struct Pair {
  explicit Pair(Loop& loop) : socket(loop) {
    const Ends ends = connected_ends();
    other = ends.other;
    socket.open(ends.first);
  }
  ~Pair() {
    if (other >= 0) ::close(other);
  }
  void say(std::string_view text) { io::say(other, text); }
  void end() { ::close(std::exchange(other, -1)); }

  Socket socket;
  int other = -1;
};

struct Heard {
  std::string text;
  ssize_t end = 1;  // 0 or -errno, once it is there
  int waits = 0;
};

Spawned listen_to(Socket& socket, Heard& heard, std::size_t room = 100) {
  std::vector<char> buffer(room);
  while (heard.end > 0) {
    ++heard.waits;
    co_await socket.readable();
    const auto size = socket.receive(buffer.data(), buffer.size());
    if (size > 0)
      heard.text.append(buffer.data(), static_cast<std::size_t>(size));
    else if (size != -EAGAIN)
      heard.end = size;
  }
}

Clock::time_point in(std::chrono::milliseconds time) {
  return Clock::now() + time;
}

TEST(Loop, BytesAndTheEndAreTold) {
  Loop loop;
  Pair pair(loop);
  Heard heard;
  listen_to(pair.socket, heard);
  loop.run_until(in(10ms));
  EXPECT_EQ(heard.waits, 1);  // nothing came, so nothing was done
  pair.say("hello");
  loop.run_until(in(10ms));
  EXPECT_EQ(heard.text, "hello");
  EXPECT_EQ(heard.waits, 2);
  pair.say(", world");
  pair.end();
  loop.run_until(in(10ms));
  EXPECT_EQ(heard.text, "hello, world");
  EXPECT_EQ(heard.end, 0);
}

TEST(Loop, NothingIsLostWhateverTheRoom) {
  for (const std::size_t room : {1u, 4u, 5u, 6u, 100u}) {
    Loop loop;
    Pair pair(loop);
    Heard heard;
    pair.say("12345");
    listen_to(pair.socket, heard, room);
    loop.run_until(in(10ms));
    EXPECT_EQ(heard.text, "12345") << room;
    pair.say("1234567890");
    pair.end();
    loop.run_until(in(10ms));
    EXPECT_EQ(heard.text, "123451234567890") << room;
    EXPECT_EQ(heard.end, 0) << room;
  }
}

TEST(Loop, UrgentBytesDoNotHoldUpTheOthers) {
  Loop loop;
  Pair pair(loop);
  Heard heard;
  listen_to(pair.socket, heard);
  loop.run_until(in(10ms));
  const auto say_urgently = [&](std::string_view text) {
    EXPECT_EQ(::send(pair.other, text.data(), text.size(), MSG_OOB),
              static_cast<ssize_t>(text.size()));
  };
  pair.say("abc");
  say_urgently("!");  // not among the bytes that recv() gives
  pair.say("def");
  loop.run_until(in(10ms));
  EXPECT_EQ(heard.text, "abcdef");
  say_urgently("!");
  pair.say("ghi");
  pair.end();
  loop.run_until(in(10ms));
  EXPECT_EQ(heard.text, "abcdefghi");
  EXPECT_EQ(heard.end, 0);
}

TEST(Loop, AResetIsAnErrorAndNotAnEnd) {
  Loop loop;
  Pair pair(loop);
  Heard heard;
  listen_to(pair.socket, heard);
  reset(pair.other);
  loop.run_until(in(10ms));
  EXPECT_EQ(heard.end, -ECONNRESET);
}

TEST(Loop, AResetThatComesWithBytesIsNotLost) {
  Loop loop;
  Pair pair(loop);
  Heard heard;
  listen_to(pair.socket, heard);
  pair.say("hello");
  reset(pair.other);
  loop.run_until(in(10ms));
  EXPECT_EQ(heard.text, "hello");
  EXPECT_EQ(heard.end, -ECONNRESET);
}

TEST(Loop, AResetThatSendWasToldOfIsNoEnd) {
  Loop loop;
  Pair pair(loop);
  pair.say("hello");
  reset(pair.other);
  EXPECT_EQ(pair.socket.send("x", 1), -ECONNRESET);
  std::array<char, 10> buffer;
  EXPECT_EQ(pair.socket.receive(buffer.data(), buffer.size()), 5);
  EXPECT_EQ(pair.socket.receive(buffer.data(), buffer.size()), -ECONNRESET);
}

// Fills what the kernel holds for the other end; how many bytes that is.
std::size_t fill(Socket& socket) {
  const std::string block(1 << 16, 'x');
  ssize_t sent = 0;
  std::size_t total = 0;
  while ((sent = socket.send(block.data(), block.size())) > 0)
    total += static_cast<std::size_t>(sent);
  EXPECT_EQ(sent, -EAGAIN);
  return total;
}

TEST(Loop, BytesEndAWaitForRoomThatIsForBoth) {
  Loop loop;
  Pair pair(loop);
  std::size_t total = fill(pair.socket);
  int waits = 0;
  const auto wait = [](Socket& socket, int& done) -> Spawned {
    EXPECT_EQ(co_await socket.wait(Event::bytes | Event::room), 0);
    EXPECT_TRUE(socket.has_bytes());
    std::array<char, 10> buffer;
    EXPECT_EQ(socket.receive(buffer.data(), buffer.size()), 5);
    EXPECT_FALSE(socket.has_bytes());
    ++done;
    EXPECT_EQ(co_await socket.wait(Event::bytes | Event::room), 0);
    EXPECT_FALSE(socket.has_bytes());
    ++done;
  };
  wait(pair.socket, waits);
  loop.run_until(in(10ms));
  EXPECT_EQ(waits, 0);
  pair.say("hello");
  loop.run_until(in(10ms));
  EXPECT_EQ(waits, 1);
  std::vector<char> buffer(1 << 20);
  while (total > 0)
    total -= static_cast<std::size_t>(::recv(pair.other, buffer.data(), buffer.size(), 0));
  loop.run_until(in(10ms));
  EXPECT_EQ(waits, 2);
}

TEST(Loop, RoomIsWaitedForWhenThereIsNone) {
  Loop loop;
  Pair pair(loop);
  std::size_t total = fill(pair.socket);
  bool has_room = false;
  const auto wait = [](Socket& socket, bool& done) -> Spawned {
    EXPECT_EQ(co_await socket.writable(), 0);
    done = true;
  };
  wait(pair.socket, has_room);
  loop.run_until(in(10ms));
  EXPECT_FALSE(has_room);
  std::vector<char> buffer(1 << 20);
  while (total > 0)
    total -= static_cast<std::size_t>(::recv(pair.other, buffer.data(), buffer.size(), 0));
  loop.run_until(in(10ms));
  EXPECT_TRUE(has_room);
}

Spawned note_when(Socket& socket, Clock::time_point moment, int number, std::vector<int>& order) {
  co_await socket.until(moment);
  order.push_back(number);
}

TEST(Loop, MomentsComeInTheirOrderAndNotBefore) {
  Loop loop;
  Socket first(loop), second(loop), third(loop);
  std::vector<int> order;
  const auto now = Clock::now();
  note_when(third, now + 1h, 3, order);
  note_when(second, now + 2ms, 2, order);
  note_when(first, now + 1ms, 1, order);
  EXPECT_TRUE(order.empty());
  loop.run_until(now + 3ms);
  EXPECT_GE(Clock::now(), now + 3ms);
  EXPECT_EQ(order, (std::vector{1, 2}));
  third.wake();
  EXPECT_EQ(order, (std::vector{1, 2, 3}));
  third.wake();  // it waits for nothing
}

Spawned note_end_or_failure(Socket& socket, Clock::time_point moment, int& ends) {
  EXPECT_EQ(co_await socket.wait(Event::failure, moment), 0);
  ++ends;
}

TEST(Loop, AMomentIsNotWaitedForAfterAFailureButAfterBytesAndAFin) {
  Loop loop;
  Pair pair(loop);
  int ends = 0;
  note_end_or_failure(pair.socket, in(1h), ends);
  pair.say("hello");
  ::shutdown(pair.other, SHUT_WR);
  loop.run_until(in(10ms));
  EXPECT_EQ(ends, 0);
  EXPECT_FALSE(pair.socket.has_failed());
  reset(pair.other);
  loop.run_until(in(10ms));
  EXPECT_EQ(ends, 1);
  EXPECT_TRUE(pair.socket.has_failed());
  note_end_or_failure(pair.socket, in(1h), ends);  // it is known already
  EXPECT_EQ(ends, 2);

  Pair other(loop);
  note_end_or_failure(other.socket, in(1ms), ends);
  loop.run_until(in(5ms));
  EXPECT_EQ(ends, 3);
  EXPECT_FALSE(other.socket.has_failed());
}

TEST(Loop, OneThatIsAlwaysReadyLeavesTimeForTheOthers) {
  Loop loop;
  Pair pair(loop);
  Heard heard;
  pair.say(std::string(1000, 'x'));
  listen_to(pair.socket, heard, 1);
  Socket other(loop);
  std::size_t heard_before = 1000;
  const auto note = [](Socket& socket, const Heard& of, std::size_t& size) -> Spawned {
    co_await socket.until(Clock::now());
    size = of.text.size();
  };
  note(other, heard, heard_before);
  loop.run_until(in(50ms));
  EXPECT_LT(heard_before, 100u);
  EXPECT_EQ(heard.text.size(), 1000u);
  pair.end();
  loop.run_until(in(10ms));
}

TEST(Loop, AnotherThreadWakesIt) {
  Loop loop;
  std::thread other([&] { loop.wake(); });
  loop.run_until(Clock::time_point::max());
  other.join();
  const auto now = Clock::now();
  loop.run_until(now + 1ms);  // it was woken once, and not for ever
  EXPECT_GE(Clock::now(), now + 1ms);
}

Task<int> twice(Socket& socket, int number) {
  co_await socket.until(Clock::now());
  co_return 2 * number;
}

Task<int> fails_at_once() {
  throw std::bad_alloc();
  co_return 0;
}

TEST(Tasks, ValuesAndExceptionsArriveAtWhoWaits) {
  Loop loop;
  Socket socket(loop);
  int result = 0;
  bool caught = false;
  const auto run = [](Socket& of, int& to, bool& failed) -> Spawned {
    for (int i = 1; i <= 1000; ++i) to += co_await twice(of, i);
    try {
      co_await fails_at_once();
    } catch (const std::bad_alloc&) {
      failed = true;
    }
  };
  run(socket, result, caught);
  EXPECT_EQ(result, 0);
  loop.run_until(in(20ms));
  EXPECT_EQ(result, 1000 * 1001);
  EXPECT_TRUE(caught);
}

}  // namespace
}  // namespace tws::io
