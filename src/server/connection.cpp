#include "connection.hpp"

#include "worker.hpp"

#include <boost/asio/error.hpp>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace tws::server {

namespace {

// After a last response: how long we read on for the client's FIN, and how much. nginx has 5 s, too
// (lingering_timeout). The client that is to close gets less.
constexpr auto linger_time = std::chrono::seconds{5};
constexpr auto patience_for_fin = std::chrono::seconds{1};
constexpr std::uint64_t linger_size = 16 * 1024 * 1024;

constexpr std::size_t block_size = 64 * 1024;

// close() then sends RST, and the kernel forgets what it still held for the client.
void reset_at_close(Connection& connection) {
  const ::linger at_once{1, 0};
  ::setsockopt(connection.socket.descriptor(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

// `size` bytes, of which `from(sent)` has those behind the first `sent`, or some of them.
template <typename From>
io::Task<error_code> send_all(Connection& connection, std::uint64_t size, From from) {
  error_code ec;
  std::uint64_t sent = 0, next_deadline = 0;
  for (;;) {
    sent += send_some(connection, from(sent), ec);
    if (ec || sent == size) co_return ec;
    if (sent >= next_deadline) {
      give_time(connection, connection.worker.options.limits.write_time);
      next_deadline = sent + block_size;
    }
    ec = after_wait(connection, co_await connection.socket.writable());
    if (ec == asio::error::timed_out) reset_at_close(connection);
    if (ec) co_return ec;
  }
}

}  // namespace

Connection::Connection(Accepted accepted, Worker& of) : worker(of), socket(of.loop) {
  socket.open(accepted.release());
  socket.expect_bytes();  // most clients send as soon as they are connected
  worker.connections.push_back(*this);
  ++worker.open;
  ++worker.totals.connections;
}

Connection::~Connection() {
  switch (closed_by) {
    case ClosedBy::server:
      ++worker.totals.closed_by_server;
      break;
    case ClosedBy::client:
      ++worker.totals.closed_by_client;
      break;
    case ClosedBy::reset:
      ++worker.totals.closed_by_reset;
      break;
  }
  worker.connections.erase(worker.connections.iterator_to(*this));
  if (worker.open-- == worker.most_open)
    for (io::Socket& listener : worker.listeners) listener.wake_soon();
  if (worker.draining && worker.connections.empty()) worker.loop.interrupt();
}

void give_time(Connection& connection, std::chrono::nanoseconds time) {
  connection.deadline =
      time.count() == 0 ? Clock::time_point::max() : connection.worker.earliest_tick + time;
}

error_code after_wait(Connection& connection, int error) {
  if (connection.cut) return asio::error::operation_aborted;
  if (connection.expired) {
    connection.expired = false;
    ++connection.worker.totals.timeouts;
    return asio::error::timed_out;
  }
  return io::system_error(error);
}

void note_end(Connection& connection, error_code ec) {
  if (ec == asio::error::operation_aborted || ec == asio::error::timed_out) return;
  connection.closed_by = ec == asio::error::eof ? ClosedBy::client : ClosedBy::reset;
}

std::string_view receive(Connection& connection, std::size_t most, error_code& ec) {
  Worker& worker = connection.worker;
  const ssize_t size =
      connection.socket.receive(worker.buffer.data(), std::min(most, worker.buffer.size()));
  if (size == 0) ec = asio::error::eof;
  if (size < 0 && size != -EAGAIN) ec = io::system_error(-size);
  if (size <= 0) return {};
  worker.totals.bytes_in += static_cast<std::uint64_t>(size);
  return {worker.buffer.data(), static_cast<std::size_t>(size)};
}

bool is_still_idle(Connection& connection) {
  char byte;
  const ssize_t size = ::recv(connection.socket.descriptor(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return size < 0 && errno == EAGAIN;
}

std::size_t send_some(Connection& connection, std::string_view bytes, error_code& ec, bool last) {
  const ssize_t size = connection.socket.send(bytes.data(), bytes.size(), last);
  if (size == -EAGAIN) return 0;
  if (size < 0) ec = io::system_error(-size);
  if (size < 0) return 0;
  connection.worker.totals.bytes_out += static_cast<std::uint64_t>(size);
  return static_cast<std::size_t>(size);
}

io::Task<error_code> send(Connection& connection, std::string bytes) {
  const auto size = bytes.size();
  return send_all(connection, size, [bytes = std::move(bytes)](std::uint64_t sent) {
    return std::string_view(bytes).substr(sent);
  });
}

io::Task<error_code> send_filler(Connection& connection, std::uint64_t size) {
  static const std::string block(block_size, 'x');
  return send_all(connection, size, [size](std::uint64_t sent) {
    return std::string_view(block).substr(0, std::min<std::uint64_t>(size - sent, block.size()));
  });
}

bool may_close(Connection& connection, bool more_will_come) {
  error_code ec;
  std::uint64_t read = 0;
  std::size_t size = 0;
  do {
    size = receive(connection, connection.worker.buffer.size(), ec).size();
    read += size;
  } while (size > 0 && read < linger_size);
  if (ec) note_end(connection, ec);
  if (ec) return true;
  return connection.worker.options.close_by != ServerCloseBy::client && !more_will_come &&
         read == 0;
}

io::Task<> linger(Connection& connection) {
  Worker& worker = connection.worker;
  io::Socket& socket = connection.socket;
  const bool client_closes = worker.options.close_by == ServerCloseBy::client;
  if (!client_closes) ::shutdown(socket.descriptor(), SHUT_WR);
  connection.deadline =
      Clock::now() + (client_closes ? std::chrono::seconds{patience_for_fin} : linger_time);
  error_code ec;
  for (std::uint64_t read = 0; read < linger_size;) {
    const int error = co_await socket.readable();
    if (connection.cut || connection.expired) co_return;
    ec = io::system_error(error);
    if (!ec) read += receive(connection, worker.buffer.size(), ec).size();
    if (ec && client_closes) note_end(connection, ec);
    if (ec) co_return;
  }
}

}  // namespace tws::server
