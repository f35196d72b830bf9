#include "session.hpp"

#include "request.hpp"

#include <boost/asio/error.hpp>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tws::server {

namespace beast = boost::beast;

namespace {

constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";

// After a last response: how long we wait for the client's FIN, and how much we read until then.
constexpr auto linger_time = std::chrono::seconds{1};
constexpr std::uint64_t linger_size = 16 * 1024 * 1024;

ClosedBy ended_by(const Connection& connection, error_code ec) {
  if (connection.aborted) return ClosedBy::server;
  return ec == asio::error::eof ? ClosedBy::client : ClosedBy::reset;
}

// After a wait: why the connection is at its end, if it is.
error_code after_wait(const Connection& connection, int error) {
  if (connection.aborted) return asio::error::operation_aborted;
  return io::system_error(error);
}

// Into the worker's buffer. No bytes and no error: there is nothing yet.
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

// Whether an idle connection has got nothing more, and its end has not come.
bool is_still_idle(Connection& connection) {
  char byte;
  const ssize_t size =
      ::recv(connection.socket.descriptor(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return size < 0 && errno == EAGAIN;
}

Persistence persistence_of(const Request& request, const Worker& worker) {
  if (!request.keep_alive || !worker.options.keep_alive || worker.draining ||
      request.target.route == Route::unframed)
    return Persistence::close;
  return request.version == 10 ? Persistence::keep_alive_1_0 : Persistence::keep_alive;
}

// As many bytes as the kernel takes at once. `last`: see Socket::send.
std::size_t send_some(Connection& connection, std::string_view bytes, error_code& ec,
                      bool last = false) {
  const ssize_t size = connection.socket.send(bytes.data(), bytes.size(), last);
  if (size == -EAGAIN) return 0;
  if (size < 0) ec = io::system_error(-size);
  if (size < 0) return 0;
  connection.worker.totals.bytes_out += static_cast<std::uint64_t>(size);
  return static_cast<std::size_t>(size);
}

io::Task<error_code> send(Connection& connection, std::string bytes) {
  error_code ec;
  std::size_t sent = 0;
  for (;;) {
    sent += send_some(connection, std::string_view(bytes).substr(sent), ec);
    if (ec || sent == bytes.size()) co_return ec;
    ec = after_wait(connection, co_await connection.socket.writable());
    if (ec) co_return ec;
  }
}

io::Task<error_code> send_filler(Connection& connection, std::uint64_t size) {
  static const std::string block(64 * 1024, 'x');
  error_code ec;
  while (size > 0 && !ec) {
    const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(size, block.size()));
    size -= send_some(connection, std::string_view(block).substr(0, most), ec);
    if (size > 0 && !ec) ec = after_wait(connection, co_await connection.socket.writable());
  }
  co_return ec;
}

// Every answer but the fixed one.
io::Task<error_code> answer(Connection& connection, Request request, std::string posted) {
  Worker& worker = connection.worker;
  auto delay = worker.options.delay;
  if (request.target.route == Route::delay)
    delay += std::chrono::milliseconds{request.target.number};
  if (delay.count() > 0 && request.refusal == 0) {
    const auto end = Clock::now() + delay;
    while (!connection.aborted && Clock::now() < end) co_await connection.socket.until(end);
    if (connection.aborted) co_return asio::error::operation_aborted;
  }
  const Reply reply = reply_to(request, worker.options, std::move(posted));
  std::string bytes = head_of(reply, persistence_of(request, worker), worker.date);
  const bool has_body = request.method != beast::http::verb::head && may_have_body(reply.status);
  if (has_body) bytes += reply.body;
  error_code ec = co_await send(connection, std::move(bytes));
  if (!ec && has_body) ec = co_await send_filler(connection, reply.filler);
  if (!ec) ++worker.totals.by_status[reply.status];
  co_return ec;
}

// After the last response: whether there is no more to be done than to close. close() would send RST
// if the client sent more than we read, and the RST would take the response with it (RFC 9112 9.6).
bool may_close(Connection& connection, bool more_will_come) {
  error_code ec;
  std::uint64_t read = 0;
  std::size_t size = 0;
  do {
    size = receive(connection, connection.worker.buffer.size(), ec).size();
    read += size;
  } while (size > 0 && read < linger_size);
  if (ec) connection.closed_by = ended_by(connection, ec);
  if (ec) return true;
  return connection.worker.options.close_by != ServerCloseBy::client && !more_will_come && read == 0;
}

// FIN first, then, and reading on for a while.
io::Task<> linger(Connection& connection) {
  Worker& worker = connection.worker;
  io::Socket& socket = connection.socket;
  const bool client_closes = worker.options.close_by == ServerCloseBy::client;
  if (!client_closes) ::shutdown(socket.descriptor(), SHUT_WR);
  connection.deadline = Clock::now() + linger_time;
  error_code ec;
  for (std::uint64_t read = 0; !ec && read < linger_size;) {
    ec = after_wait(connection, co_await socket.readable());
    if (!ec) read += receive(connection, worker.buffer.size(), ec).size();
  }
  if (ec && client_closes) connection.closed_by = ended_by(connection, ec);
}

}  // namespace

io::Task<> serve(int descriptor, Worker& worker) {
  Connection connection(descriptor, worker);
  io::Socket& socket = connection.socket;
  beast::flat_buffer buffer(max_head_size);  // what has come and was not parsed yet
  std::string body;
  std::optional<RequestParser> parser;
  for (;;) {
    std::optional<Request> request;
    std::string_view only_read;  // the request's bytes, if all have come with one read
    body.clear();
    parser.reset();
    while (!request) {
      if (buffer.size() > 0) {
        if (!parser) parser.emplace(body);
        if (parser->feed(buffer)) {
          request = parser->request();
          break;
        }
        only_read = {};
        if (parser->take_expectation()) {
          const error_code ec = co_await send(connection, std::string(go_on));
          if (ec) {
            connection.closed_by = ended_by(connection, ec);
            co_return;
          }
        }
      }
      connection.idle = !parser || !parser->got_some();
      if (worker.draining && connection.idle && is_still_idle(connection)) co_return;
      error_code ec = after_wait(connection, co_await socket.readable());
      connection.idle = false;
      std::string_view bytes;
      if (!ec) bytes = receive(connection, buffer.max_size() - buffer.size(), ec);
      if (ec) {
        connection.closed_by = ended_by(connection, ec);
        co_return;
      }
      if (!parser && bytes == worker.last_request.bytes && !bytes.empty()) {
        request = worker.last_request.request;
      } else if (!bytes.empty()) {
        if (!parser) only_read = bytes;
        std::memcpy(buffer.prepare(bytes.size()).data(), bytes.data(), bytes.size());
        buffer.commit(bytes.size());
      }
    }
    error_code ec;
    if (worker.fixed_reply.answers(*request)) {
      if (!only_read.empty() && buffer.size() == 0) {
        worker.last_request.bytes = only_read;
        worker.last_request.request = *request;
      }
      const auto persistence = persistence_of(*request, worker);
      const auto bytes = worker.fixed_reply.bytes(*request, persistence);
      const bool last = persistence == Persistence::close &&
                        worker.options.close_by == ServerCloseBy::server;
      const std::size_t sent = send_some(connection, bytes, ec, last);
      // The rest is copied: the next second's Date is written into the fixed reply.
      if (!ec && sent < bytes.size())
        ec = co_await send(connection, std::string(bytes.substr(sent)));
      if (!ec) ++worker.totals.by_status[200];
    } else {
      ec = co_await answer(connection, *request, std::move(body));
    }
    if (ec) {
      connection.closed_by = ended_by(connection, ec);
      co_return;
    }
    if (persistence_of(*request, worker) == Persistence::close) {
      if (!may_close(connection, request->refusal != 0)) co_await linger(connection);
      co_return;
    }
  }
}

}  // namespace tws::server
