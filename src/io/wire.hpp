// The TCP below a transport: a socket, and what went over it.
#pragma once

#include "io/loop.hpp"

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

namespace tws::io {

struct Wire {
  explicit Wire(Loop& loop) : socket(loop) {}

  // As Socket's; they count.
  ssize_t send(const void* data, std::size_t size, bool last) {
    return sent(socket.send(data, size, last));
  }
  ssize_t send(std::string_view first, std::string_view second) {
    return sent(socket.send(first, second));
  }
  ssize_t receive(void* data, std::size_t size) {
    const ssize_t received = socket.receive(data, size);
    ended = ended || received == 0;
    return received;
  }

  Socket socket;
  std::uint64_t handed_over = 0;  // bytes given to the kernel; the FIN counts as one
  bool ended = false;             // the peer's FIN was read

 private:
  ssize_t sent(ssize_t size) {
    if (size > 0) handed_over += static_cast<std::uint64_t>(size);
    return size;
  }
};

}  // namespace tws::io
