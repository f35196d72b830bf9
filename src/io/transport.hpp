// What a connection reads and writes through: plain TCP. Nothing above it may take a byte that was
// handed over for a byte on the wire, or an unread byte for one of the protocol: under TLS neither
// is true. What has to be known of the wire is asked here.
#pragma once

#include "io/loop.hpp"

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

namespace tws::io {

class Transport {
 public:
  explicit Transport(Loop& loop) : socket_(loop) {}

  // Takes a non-blocking descriptor, which is closed with it.
  void open(int descriptor);
  bool is_open() const { return socket_.is_open(); }
  int descriptor() const { return socket_.descriptor(); }

  // To wait on.
  Socket& socket() { return socket_; }

  // The number of bytes or -errno, -EAGAIN where there is no room. `last`: see Socket::send.
  ssize_t send(const void* data, std::size_t size, bool last = false);
  // The number of bytes, 0 at the other end's end, or -errno; -EAGAIN where there is nothing yet.
  ssize_t receive(void* data, std::size_t size);
  // The other end has said that it sends no more.
  bool has_ended() const { return ended_; }

  // What the kernel was given so far, and how much of it the other end's kernel has. The FIN counts
  // as one byte.
  std::uint64_t handed_over() const { return handed_over_; }
  std::uint64_t acknowledged() const;
  bool is_taken() const { return acknowledged() == handed_over_; }
  // Whether all of it is on the wire.
  bool is_on_the_wire() const { return socket_.unsent() == 0; }

  // Whether something is here that was not received. A close() would send RST instead of a FIN (RFC
  // 2525 2.17).
  bool has_unread() const;
  // Neither bytes nor the other end's end are here.
  bool is_silent() const;

  // The end of what is sent: 0 or an errno.
  int send_end();
  // From now on close() sends RST, and the kernel forgets what it holds for the other end.
  void reset_at_close();
  void close() { socket_.close(); }

 private:
  Socket socket_;
  std::uint64_t handed_over_ = 0;
  bool ended_ = false;
};

}  // namespace tws::io
