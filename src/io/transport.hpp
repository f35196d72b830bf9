// The byte stream below a connection: plain TCP, or TLS over it. Code above must not count bytes
// that it handed over as bytes on the wire, or unread bytes as bytes of its protocol: with TLS
// these differ. Questions about the wire are answered here.
#pragma once

#include "io/tls_stream.hpp"
#include "io/wire.hpp"

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace tws::io {

class Transport {
 public:
  explicit Transport(Loop& loop) : wire_(loop) {}

  // Takes ownership of a non-blocking descriptor.
  void open(int descriptor);
  bool is_open() const { return wire_.socket.is_open(); }
  int descriptor() const { return wire_.socket.descriptor(); }

  // TLS from the first byte on. The peer's session outlives the connection. Throws std::bad_alloc.
  void secure(const TlsContext& context, const TlsPeer& peer = {});
  bool is_secure() const { return tls_ != nullptr; }
  // Ends TLS where it is, without a word. What it has read and not given out is lost.
  void to_plain() { tls_.reset(); }
  // Goes on with the handshake: 0 if it is complete, -EAGAIN if it waits for to_receive(), or
  // -errno. -EPROTO: see tls().fault(), or the peer has ended the connection. It may begin before
  // the socket is connected.
  int handshake() { return tls_->handshake(); }
  // Only if it is secure.
  const TlsStream& tls() const { return *tls_; }

  // For waiting only. It also has bytes if TLS holds some that were not received yet.
  Socket& socket() { return wire_.socket; }
  // What to wait for before send() or receive() can go on, if one has returned -EAGAIN. With TLS
  // each of them may need the other direction.
  Event to_send() const { return tls_ ? tls_->to_send() : Event::room; }
  Event to_receive() const { return tls_ ? tls_->to_receive() : Event::bytes; }

  // Returns the number of bytes or -errno; -EAGAIN if there is no room: then pass the same bytes
  // again, with no fewer behind them. `last`: see Socket::send.
  ssize_t send(const void* data, std::size_t size, bool last = false);
  // The same for two parts.
  ssize_t send(std::string_view first, std::string_view second);
  // Returns the number of bytes, 0 if the peer has ended the stream, or -errno; -EAGAIN if there is
  // nothing yet. After an end by close_notify: 0 once the FIN is here.
  ssize_t receive(void* data, std::size_t size);
  // The peer has ended its stream: by a FIN, with TLS also by a close_notify.
  bool has_ended() const { return wire_.ended || (tls_ && tls_->has_ended()); }
  // The peer's FIN was read.
  bool has_fin() const { return wire_.ended; }
  // It ended without the close_notify that TLS demands: what it sent may be cut off (RFC 8446 6.1).
  bool is_cut() const { return tls_ && wire_.ended && !tls_->has_ended(); }

  // Bytes given to the kernel so far, and bytes that the peer's kernel has acknowledged. The FIN
  // counts as one byte.
  std::uint64_t handed_over() const { return wire_.handed_over; }
  std::uint64_t acknowledged() const;
  bool is_taken() const { return acknowledged() == handed_over(); }
  // Whether the kernel has sent all of it.
  bool is_on_the_wire() const { return wire_.socket.unsent() == 0; }

  // Whether the kernel has bytes that were not received. close() would then send RST instead of FIN
  // (RFC 2525 2.17).
  bool has_unread() const;
  // Copies bytes that the kernel has, and leaves them there. Returns their number, 0 after the
  // peer's FIN, or -errno; -EAGAIN if there is nothing yet.
  ssize_t peek(void* data, std::size_t size) const;
  // Neither bytes nor the peer's FIN have arrived.
  bool is_silent() const;

  // Sends the FIN, with TLS after a close_notify: 0 or an errno. EAGAIN: there is no room for the
  // close_notify yet.
  int send_end();
  // send_end() came before the peer's FIN.
  bool has_ended_first() const { return ended_first_; }
  // TLS: the peer has sent a close_notify, got none, and sent no FIN yet. It may wait for an
  // answer.
  bool owes_end() const {
    return tls_ && tls_->has_ended() && !tls_->has_sent_end() && !wire_.ended;
  }
  void answer_end() { tls_->send_end(false); }
  // From now on close() sends RST, and the kernel discards unsent bytes.
  void reset_at_close();
  // Sends a close_notify first, unless the peer's FIN is here: it would be answered by a RST.
  void close();

 private:
  Wire wire_;
  std::unique_ptr<TlsStream> tls_;
  bool ended_first_ = false;
  bool resets_ = false;
};

}  // namespace tws::io
