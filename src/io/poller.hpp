// The kernel's word on which sockets have become ready: epoll(7) on Linux, kqueue(2) on macOS.
// Edge-triggered: a change is told once, so that no system call is made for a socket but the ones
// that move its bytes.
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
  bool ended;   // the other end has sent its FIN, behind the bytes that are here
  bool failed;  // a RST, or an attempt to connect that came to nothing
  bool
      urgent;  // among the bytes are urgent ones, at which a read stops (tcp(7)); not told on macOS
};

class Poller {
 public:
  Poller();  // throws std::system_error
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;
  ~Poller();

  // What is ready already is told with the next wait. `to_write`: not only bytes to read, but room
  // for some to write, too. Return 0 or an errno. A descriptor that is closed is forgotten.
  int add(int descriptor, Socket& socket, bool to_write);
  int add_write(int descriptor, Socket& socket);

  // Waits for changes, for so long or until wake() is called, and says which there were, at most
  // one for each socket. They stay where they are until the next call.
  std::span<const Change> wait(std::chrono::nanoseconds time);

  // From any thread.
  void wake();

  // Those that it needs.
  std::vector<int> descriptors() const;

 private:
  int queue_ = -1;
  int wake_up_ = -1;  // Linux: an eventfd
  std::vector<Change> changes_;
};

}  // namespace tws::io
