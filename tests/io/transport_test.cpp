#include "io/transport.hpp"

#include "pair.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <string>
#include <thread>
#include <unistd.h>

namespace tws::io {
namespace {

using namespace std::chrono_literals;

struct Wire {
  Wire() {
    const Ends ends = connected_ends();
    transport.open(ends.first);
    other = ends.other;
  }
  ~Wire() {
    if (other >= 0) ::close(other);
  }
  // What comes next: bytes, 0 for the end, or -errno.
  ssize_t receive() {
    ssize_t size = -EAGAIN;
    for (int i = 0; i < 10'000 && size == -EAGAIN; ++i, std::this_thread::sleep_for(1ms))
      size = transport.receive(buffer.data(), buffer.size());
    return size;
  }
  template <typename Predicate>
  static bool comes_true(Predicate predicate) {
    for (int i = 0; i < 10'000; ++i, std::this_thread::sleep_for(1ms))
      if (predicate()) return true;
    return false;
  }

  Loop loop;
  Transport transport{loop};
  int other = -1;
  std::array<char, 100> buffer{};
};

TEST(Transport, KnowsWhatTheOtherEndHas) {
  Wire wire;
  EXPECT_TRUE(wire.transport.is_taken());
  EXPECT_EQ(wire.transport.send("hello", 5), 5);
  EXPECT_EQ(wire.transport.handed_over(), 5u);
  EXPECT_TRUE(Wire::comes_true([&] { return wire.transport.is_taken(); }));
  EXPECT_EQ(wire.transport.acknowledged(), 5u);
  EXPECT_EQ(wire.transport.send_end(), 0);
  EXPECT_EQ(wire.transport.handed_over(), 6u);  // the FIN counts
  EXPECT_TRUE(Wire::comes_true([&] { return wire.transport.is_taken(); }));
}

TEST(Transport, WhatNobodyReadsIsNotTakenAndNotAllOnTheWire) {
  Wire wire;
  const std::string block(1 << 16, 'x');
  while (wire.transport.send(block.data(), block.size()) > 0) {
  }
  EXPECT_FALSE(wire.transport.is_taken());
  EXPECT_FALSE(wire.transport.is_on_the_wire());
  EXPECT_LT(wire.transport.acknowledged(), wire.transport.handed_over());
}

TEST(Transport, LastBytesWaitForTheEnd) {
  Wire wire;
  EXPECT_EQ(wire.transport.send("hello", 5, true), 5);
#ifdef __linux__
  EXPECT_FALSE(wire.transport.is_on_the_wire());
#endif
  EXPECT_EQ(wire.transport.send_end(), 0);
  EXPECT_TRUE(wire.transport.is_on_the_wire());
}

TEST(Transport, AnEndAndBytesAreToldApart) {
  Wire wire;
  EXPECT_TRUE(wire.transport.is_silent());
  EXPECT_FALSE(wire.transport.has_unread());
  say(wire.other, "hello");
  EXPECT_TRUE(Wire::comes_true([&] { return wire.transport.has_unread(); }));
  EXPECT_FALSE(wire.transport.is_silent());
  EXPECT_EQ(wire.receive(), 5);
  EXPECT_TRUE(wire.transport.is_silent());
  EXPECT_FALSE(wire.transport.has_ended());
  ::shutdown(wire.other, SHUT_WR);
  EXPECT_TRUE(Wire::comes_true([&] { return !wire.transport.is_silent(); }));
  EXPECT_FALSE(wire.transport.has_unread());
  EXPECT_EQ(wire.receive(), 0);
  EXPECT_TRUE(wire.transport.has_ended());
}

TEST(Transport, AResetIsNoEnd) {
  Wire wire;
  reset(wire.other);
  EXPECT_EQ(wire.receive(), -ECONNRESET);
  EXPECT_FALSE(wire.transport.has_ended());
}

TEST(Transport, ClosesWithAnEndOrWithAReset) {
  for (const bool with_reset : {false, true}) {
    Wire wire;
    if (with_reset) wire.transport.reset_at_close();
    wire.transport.close();
    char byte;
    EXPECT_EQ(::recv(wire.other, &byte, 1, 0), with_reset ? -1 : 0);
    EXPECT_TRUE(!with_reset || errno == ECONNRESET);
  }
}

TEST(Transport, ANewConnectionBeginsAnew) {
  Wire wire;
  wire.transport.send("hello", 5);
  ::shutdown(wire.other, SHUT_WR);
  EXPECT_EQ(wire.receive(), 0);
  const Ends ends = connected_ends();
  wire.transport.open(ends.first);
  EXPECT_EQ(wire.transport.handed_over(), 0u);
  EXPECT_FALSE(wire.transport.has_ended());
  ::close(ends.other);
}

}  // namespace
}  // namespace tws::io
