// The byte stream below a connection: plain TCP. Code above must not count bytes that it handed
// over as bytes on the wire, or unread bytes as bytes of its protocol: with TLS these differ.
// Questions about the wire are answered here.
#pragma once

#include "io/loop.hpp"

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tws::io {

class Transport {
 public:
  explicit Transport(Loop& loop) : socket_(loop) {}

  // Takes ownership of a non-blocking descriptor.
  void open(int descriptor);
  bool is_open() const { return socket_.is_open(); }
  int descriptor() const { return socket_.descriptor(); }

  // For waiting only.
  Socket& socket() { return socket_; }

  // Returns the number of bytes or -errno; -EAGAIN if there is no room. `last`: see Socket::send.
  ssize_t send(const void* data, std::size_t size, bool last = false);
  // The same for two parts.
  ssize_t send(std::string_view first, std::string_view second);
  // Returns the number of bytes, 0 if the peer has ended the stream, or -errno; -EAGAIN if there is
  // nothing yet.
  ssize_t receive(void* data, std::size_t size);
  // The peer has ended its stream (FIN).
  bool has_ended() const { return ended_; }

  // Bytes given to the kernel so far, and bytes that the peer's kernel has acknowledged. The FIN
  // counts as one byte.
  std::uint64_t handed_over() const { return handed_over_; }
  std::uint64_t acknowledged() const;
  bool is_taken() const { return acknowledged() == handed_over_; }
  // Whether the kernel has sent all of it.
  bool is_on_the_wire() const { return socket_.unsent() == 0; }

  // Whether there are bytes that were not received. close() would then send RST instead of FIN (RFC
  // 2525 2.17).
  bool has_unread() const;
  // Neither bytes nor the peer's FIN have arrived.
  bool is_silent() const;

  // Sends the FIN: 0 or an errno.
  int send_end();
  // From now on close() sends RST, and the kernel discards unsent bytes.
  void reset_at_close();
  void close() { socket_.close(); }

 private:
  Socket socket_;
  std::uint64_t handed_over_ = 0;
  bool ended_ = false;
};

}  // namespace tws::io
