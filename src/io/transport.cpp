#include "io/transport.hpp"

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace tws::io {

void Transport::open(int descriptor) {
  socket_.open(descriptor);
  handed_over_ = 0;
  ended_ = false;
}

ssize_t Transport::send(const void* data, std::size_t size, bool last) {
  const ssize_t sent = socket_.send(data, size, last);
  if (sent > 0) handed_over_ += static_cast<std::uint64_t>(sent);
  return sent;
}

ssize_t Transport::send(std::string_view first, std::string_view second) {
  const ssize_t sent = socket_.send(first, second);
  if (sent > 0) handed_over_ += static_cast<std::uint64_t>(sent);
  return sent;
}

ssize_t Transport::receive(void* data, std::size_t size) {
  const ssize_t received = socket_.receive(data, size);
  ended_ = ended_ || received == 0;
  return received;
}

std::uint64_t Transport::acknowledged() const {
  return handed_over_ - std::min<std::uint64_t>(handed_over_, socket_.unacknowledged());
}

bool Transport::has_unread() const {
  int bytes = 0;
  return ::ioctl(descriptor(), FIONREAD, &bytes) == 0 && bytes > 0;
}

bool Transport::is_silent() const {
  char byte;
  const ssize_t size = ::recv(descriptor(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return size < 0 && errno == EAGAIN;
}

int Transport::send_end() {
  const int error = socket_.send_fin();
  if (error == 0) ++handed_over_;
  return error;
}

void Transport::reset_at_close() {
  const ::linger at_once{1, 0};
  ::setsockopt(descriptor(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

}  // namespace tws::io
