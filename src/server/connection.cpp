#include "server/connection.hpp"

#include "server/worker.hpp"

#include <boost/asio/error.hpp>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace tws::server {

namespace {

// Limits for reading on until the client's FIN after a last response. nginx also waits 5 s
// (lingering_timeout). With --close-by client the time is shorter.
constexpr auto linger_time = std::chrono::seconds{5};
constexpr auto patience_for_fin = std::chrono::seconds{1};
constexpr std::uint64_t linger_size = 16 * 1024 * 1024;

constexpr std::size_t block_size = 64 * 1024;

// How often to check whether the last response was acknowledged: no event reports it.
constexpr std::chrono::nanoseconds shortest_look = std::chrono::milliseconds{1};
constexpr std::chrono::nanoseconds longest_look = std::chrono::milliseconds{64};

// Sends `size` bytes; `from(sent)` returns some or all of those after the first `sent`.
template <typename From>
io::Task<error_code> send_all(Connection& connection, std::uint64_t size, From from,
                              bool last = false) {
  io::Transport& transport = connection.transport;
  error_code ec;
  std::uint64_t sent = send_some(connection, from(0), ec, last);
  if (!ec && sent < size) expect_progress(connection);
  while (!ec && sent < size) {
    ec = after_wait_for_progress(connection, co_await transport.socket().wait(transport.to_send()));
    if (!ec) sent += send_some(connection, from(sent), ec, last);
  }
  co_return ec;
}

error_code send_end(Connection& connection) {
  const int error = connection.transport.send_end();
  connection.end_is_due = error == EAGAIN;
  return connection.end_is_due ? error_code{} : io::system_error(error);
}

// Bytes acknowledged since expect_progress().
bool has_progressed(const Connection& connection) {
  const auto taken = connection.transport.acknowledged();
  return taken == connection.transport.handed_over() || taken - connection.taken >= block_size;
}

// Discards received bytes and returns their number. An error (also eof) means that the client has
// ended the connection.
std::uint64_t discard(Connection& connection, error_code& ec) {
  std::uint64_t read = 0;
  std::size_t size = 0;
  do {
    size = receive(connection, connection.worker.buffer.size(), ec).size();
    read += size;
  } while (size > 0 && read < linger_size);
  return read;
}

}  // namespace

Connection::Connection(Accepted accepted, Worker& of) : worker(of), transport(of.loop) {
  transport.open(accepted.release());
  transport.socket().expect_bytes();  // most clients send as soon as they are connected
  worker.connections.push_back(*this);
  ++worker.open;
  ++worker.totals.connections;
}

Connection::~Connection() {
  transport.close();
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
      connection.transport.receive(worker.buffer.data(), std::min(most, worker.buffer.size()));
  // A client that has sent its close_notify may wait for ours before it sends its FIN.
  if (size == 0 || (size == -EAGAIN && connection.transport.has_ended())) ec = asio::error::eof;
  if (size < 0 && size != -EAGAIN) ec = io::system_error(-size);
  if (size <= 0) return {};
  worker.totals.bytes_in += static_cast<std::uint64_t>(size);
  return {worker.buffer.data(), static_cast<std::size_t>(size)};
}

std::size_t send_some(Connection& connection, std::string_view bytes, error_code& ec, bool last) {
  const ssize_t size = connection.transport.send(bytes.data(), bytes.size(), last);
  if (size == -EAGAIN) return 0;
  if (size < 0) ec = io::system_error(-size);
  if (size < 0) return 0;
  connection.worker.totals.bytes_out += static_cast<std::uint64_t>(size);
  return static_cast<std::size_t>(size);
}

io::Task<error_code> send(Connection& connection, std::string bytes, bool last) {
  const auto size = bytes.size();
  return send_all(
      connection, size,
      [bytes = std::move(bytes)](std::uint64_t sent) {
        return std::string_view(bytes).substr(sent);
      },
      last);
}

io::Task<error_code> send_filler(Connection& connection, std::uint64_t size) {
  static const std::string block(block_size, 'x');
  return send_all(connection, size, [size](std::uint64_t sent) {
    return std::string_view(block).substr(0, std::min<std::uint64_t>(size - sent, block.size()));
  });
}

void expect_progress(Connection& connection) {
  connection.taken = connection.transport.acknowledged();
  give_time(connection, connection.worker.options.limits.write_time);
}

error_code after_wait_for_progress(Connection& connection, int error) {
  if (connection.expired && !connection.cut && has_progressed(connection)) {
    connection.expired = false;
    expect_progress(connection);
  }
  const error_code ec = after_wait(connection, error);
  if (ec == asio::error::timed_out) connection.transport.reset_at_close();
  return ec;
}

bool is_still_reading(Connection& connection) {
  if (!connection.expired || connection.cut) return false;
  if (!connection.transport.is_taken()) {
    const bool too_slow = connection.is_reading && !has_progressed(connection);
    if (too_slow) connection.transport.reset_at_close();
    if (too_slow) return false;
    connection.is_reading = true;
    expect_progress(connection);
  } else {
    if (!std::exchange(connection.is_reading, false)) return false;
    give_time(connection, connection.worker.options.limits.idle_time);
  }
  connection.expired = false;
  return true;
}

Ending begin_end(Connection& connection, bool more_will_come) {
  error_code end;
  const bool was_silent = discard(connection, end) == 0;
  if (end) note_end(connection, end);
  const bool has_fin = end == asio::error::eof;
  if (end && !has_fin) return {end};
  const bool client_closes = connection.worker.options.close_by == ServerCloseBy::client;
  if (has_fin || !client_closes) {
    const error_code ec = send_end(connection);
    if (ec) return {ec};
  }
  return {{}, !has_fin && (client_closes || more_will_come || !was_silent)};
}

bool is_sent(const Connection& connection) {
  return !connection.end_is_due && connection.transport.is_on_the_wire();
}

io::Task<error_code> wait_until_taken(Connection& connection) {
  io::Socket& socket = connection.transport.socket();
  auto pause = shortest_look;
  expect_progress(connection);
  while (connection.end_is_due || !connection.transport.is_taken()) {
    const int error = co_await socket.wait(io::Event::failure, Clock::now() + pause);
    error_code ec = after_wait_for_progress(connection, error);
    if (!ec && socket.has_failed()) ec = asio::error::connection_reset;
    if (ec) co_return ec;
    error_code end;
    discard(connection, end);  // close() would send RST if bytes are unread
    if (connection.end_is_due) ec = send_end(connection);
    if (ec) co_return ec;
    pause = std::min(2 * pause, longest_look);
  }
  co_return error_code{};
}

io::Task<> linger(Connection& connection) {
  Worker& worker = connection.worker;
  io::Socket& socket = connection.transport.socket();
  const bool client_closes = worker.options.close_by == ServerCloseBy::client;
  connection.deadline =
      Clock::now() + (client_closes ? std::chrono::seconds{patience_for_fin} : linger_time);
  error_code ec;
  for (std::uint64_t read = 0; !ec && read < linger_size;) {
    const int error = co_await socket.wait(connection.transport.to_receive());
    if (connection.cut || connection.expired) break;
    ec = io::system_error(error);
    if (!ec) read += receive(connection, worker.buffer.size(), ec).size();
  }
  if (!client_closes) co_return;
  if (ec) note_end(connection, ec);
  connection.transport.send_end();  // close() may find unread bytes
}

}  // namespace tws::server
