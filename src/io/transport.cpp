#include "io/transport.hpp"

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace tws::io {

void Transport::open(int descriptor) {
  tls_.reset();
  wire_.socket.open(descriptor);
  wire_.handed_over = 0;
  wire_.ended = ended_first_ = resets_ = false;
}

void Transport::secure(const TlsContext& context, const TlsPeer& peer) {
  tls_ = std::make_unique<TlsStream>(wire_, context, peer);
}

ssize_t Transport::send(const void* data, std::size_t size, bool last) {
  if (tls_) return tls_->send({static_cast<const char*>(data), size}, last);
  return wire_.send(data, size, last);
}

ssize_t Transport::send(std::string_view first, std::string_view second) {
  if (!tls_) return wire_.send(first, second);
  const ssize_t size = tls_->send(first, false);
  if (size < static_cast<ssize_t>(first.size())) return size;
  const ssize_t rest = tls_->send(second, false);
  return rest < 0 && rest != -EAGAIN ? rest : size + std::max<ssize_t>(rest, 0);
}

ssize_t Transport::receive(void* data, std::size_t size) {
  return tls_ ? tls_->receive(data, size) : wire_.receive(data, size);
}

std::uint64_t Transport::acknowledged() const {
  return wire_.handed_over -
         std::min<std::uint64_t>(wire_.handed_over, wire_.socket.unacknowledged());
}

bool Transport::has_unread() const {
  int bytes = 0;
  return ::ioctl(descriptor(), FIONREAD, &bytes) == 0 && bytes > 0;
}

ssize_t Transport::peek(void* data, std::size_t size) const {
  const ssize_t here = ::recv(descriptor(), data, size, MSG_PEEK | MSG_DONTWAIT);
  return here < 0 ? -errno : here;
}

bool Transport::is_silent() const {
  if (tls_ && tls_->has_pending()) return false;
  char byte;
  return peek(&byte, 1) == -EAGAIN;
}

int Transport::send_end() {
  if (tls_)
    if (const int error = tls_->send_end(true)) return error;
  const int error = wire_.socket.send_fin();
  if (error != 0) return error;
  ++wire_.handed_over;
  ended_first_ = !wire_.ended;
  return 0;
}

void Transport::reset_at_close() {
  const ::linger at_once{1, 0};
  ::setsockopt(descriptor(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  resets_ = true;
}

void Transport::close() {
  if (tls_ && is_open() && !resets_ && !wire_.ended && !ended_first_) tls_->send_end(true);
  tls_.reset();
  wire_.socket.close();
}

}  // namespace tws::io
