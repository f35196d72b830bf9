// Two ends of a TCP connection on loopback, for tests.
#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <string_view>
#include <unistd.h>
#include <utility>

namespace tws::io {

// A socket that listens on loopback, on a free port, and where. It is to be closed by somebody.
inline int listening(sockaddr_in& address) {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  EXPECT_EQ(::bind(listener, any, size), 0);
  EXPECT_EQ(::listen(listener, 10), 0);
  ::getsockname(listener, any, &size);
  return listener;
}

// The first one does not block, and is to be owned by somebody; the other one does.
struct Ends {
  int first = -1, other = -1;
};

inline Ends connected_ends() {
  sockaddr_in address{};
  const int listener = listening(address);
  Ends ends;
  ends.other = ::socket(AF_INET, SOCK_STREAM, 0);
  EXPECT_EQ(::connect(ends.other, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ends.first = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
  ::close(listener);
  return ends;
}

// close() sends RST.
inline void reset(int& descriptor) {
  const linger at_once{1, 0};
  ::setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::close(std::exchange(descriptor, -1));
}

inline void say(int descriptor, std::string_view text) {
  EXPECT_EQ(::send(descriptor, text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
}

}  // namespace tws::io
