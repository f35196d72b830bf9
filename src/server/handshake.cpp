#include "server/handshake.hpp"

#include "server/worker.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

namespace tws::server {

namespace {

// A fatal alert, unexpected_message (RFC 8446 5 and 6). OpenSSL sends none if what comes first is
// no TLS.
constexpr std::string_view no_tls_alert("\x15\x03\x01\x00\x02\x02\x0a", 7);

// TLS begins with 0x16, the type of its first record; HTTP with a method.
bool is_plain_text(std::string_view bytes) {
  return !bytes.empty() && bytes.front() >= 'A' && bytes.front() <= 'Z';
}

// OpenSSL has sent its alert. The client shall get it: see Ending.
io::Task<> end_after_failure(Connection& connection) {
  io::Transport& transport = connection.transport;
  transport.to_plain();
  error_code ec;
  if (transport.handed_over() == 0) send_some(connection, no_tls_alert, ec);
  Ending ending{ec};
  if (!ec) ending = begin_end(connection, true);
  if (ending.ec) note_end(connection, ending.ec);
  if (!ending.ec && ending.linger) co_await linger(connection);
}

}  // namespace

std::string first_bytes(const io::Transport& transport, error_code& ec) {
  std::array<char, 5> bytes;
  const ssize_t size = transport.peek(bytes.data(), bytes.size());
  if (size == 0) ec = asio::error::eof;
  if (size < 0 && size != -EAGAIN) ec = io::system_error(static_cast<int>(-size));
  return {bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
}

io::Task<Handshake> shake_hands(Connection& connection) {
  Worker& worker = connection.worker;
  io::Transport& transport = connection.transport;
  transport.secure(*worker.tls);
  give_time(connection, worker.options.limits.head_time);
  bool has_begun = false;
  error_code ec;
  while (!ec) {
    if (!has_begun) {
      const auto bytes = first_bytes(transport, ec);
      if (ec) break;  // OpenSSL would send an alert
      if (is_plain_text(bytes)) {
        transport.to_plain();
        co_return Handshake::plain_text;
      }
      has_begun = !bytes.empty();
    }
    const int error = transport.handshake();
    if (error == 0) {
      ++worker.totals.handshakes;
      if (transport.tls().is_resumed()) ++worker.totals.resumed;
      co_return Handshake::complete;
    }
    if (error != -EAGAIN) {
      co_await end_after_failure(connection);
      break;
    }
    if (worker.draining) break;  // nothing has been asked yet
    connection.idle = true;
    ec = after_wait(connection, co_await transport.socket().wait(transport.to_receive()));
    connection.idle = false;
  }
  ++worker.totals.failed_handshakes;
  if (ec) note_end(connection, ec);
  co_return Handshake::ended;
}

}  // namespace tws::server
