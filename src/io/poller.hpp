// Asks the kernel which sockets have become ready: epoll(7) on Linux, kqueue(2) on macOS.
// Edge-triggered: each change is reported once, so a socket needs no system calls except those that
// move its bytes.
#pragma once

#include "tws/support/asio.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace tws::io {

class Socket;

struct Change {
  Socket* socket;
  bool readable;
  bool writable;
  bool ended;   // the peer has sent its FIN, after the bytes that are here
  bool failed;  // a RST, or a failed attempt to connect
  bool urgent;  // some bytes are urgent: a read stops before them (tcp(7)); not reported on macOS
};

class Poller {
 public:
  Poller();  // throws std::system_error
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;
  ~Poller();

  // If a socket is already ready, the next wait reports it. `to_write`: report room for writing as
  // well as bytes to read. Return 0 or an errno. Closing a descriptor removes it.
  int add(int descriptor, Socket& socket, bool to_write);
  int add_write(int descriptor, Socket& socket);

  // Waits for changes until the time is over or wake() is called, and returns them, at most one for
  // each socket. The result is valid until the next call.
  std::span<const Change> wait(std::chrono::nanoseconds time);

  // From any thread.
  void wake();

  // The descriptors that it needs.
  std::vector<int> descriptors() const;

 private:
  int queue_ = -1;
  int wake_up_ = -1;  // Linux: an eventfd
  std::vector<Change> changes_;
};

}  // namespace tws::io
