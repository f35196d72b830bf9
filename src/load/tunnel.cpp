// The way to a target with https through a proxy: CONNECT (RFC 9110 9.3.6), and behind it TLS.
#include "load/connection.hpp"

#include <cerrno>

namespace tws::load {

void Connection::tunnel() {
  if (!http_.has_sent_all()) {
    const auto size = http_.send(transport_);
    if (size < 0 && size != -EAGAIN) return fail(kind(static_cast<int>(-size)));
    if (!http_.has_sent_all()) return;
  }
  const auto received = http_.receive(transport_);
  if (received.size == -EAGAIN) return;
  if (received.size < 0) return fail(kind(static_cast<int>(-received.size)));
  if (received.size == 0) return fail(kind(Cause::closed));
  if (received.fault != ResponseFault::none) return fail(kind(Cause::protocol));
  if (!http_.is_answered()) return;
  // The server does not speak before hammer does.
  if (http_.status() / 100 != 2 || http_.extra_bytes() > 0) return fail(kind(Cause::proxy));
  shared_.tls.begin(transport_, target_index());
  state_ = State::handshaking;
  go_on_with_handshake(transport_.handshake());
}

}  // namespace tws::load
