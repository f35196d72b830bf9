#include "session.hpp"

#include "request.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/read_size.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace tws::server {

namespace beast = boost::beast;

namespace {

constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";

constexpr std::size_t first_buffer_size = 2048;

// After a last response: how long we wait for the client's FIN, and how much we read until then.
constexpr auto linger_time = std::chrono::seconds{1};
constexpr std::uint64_t linger_size = 16 * 1024 * 1024;

ClosedBy ended_by(const Connection& connection, error_code ec) {
  if (connection.aborted) return ClosedBy::server;
  return ec == asio::error::eof ? ClosedBy::client : ClosedBy::reset;
}

// What is there to read: would_block for nothing, no error for bytes. Looking takes an error away from
// the socket, so it is the only one to see it.
error_code look(Socket& socket) {
  char byte;
  error_code ec;
  socket.receive(asio::buffer(&byte, 1), Socket::message_peek, ec);
  return ec;
}

Persistence persistence_of(const Request& request, const Worker& worker) {
  if (!request.keep_alive || !worker.options.keep_alive || worker.draining ||
      request.target.route == Route::unframed)
    return Persistence::close;
  return request.version == 10 ? Persistence::keep_alive_1_0 : Persistence::keep_alive;
}

Task<error_code> send(Connection& connection, std::string bytes) {
  auto [ec, sent] = co_await asio::async_write(connection.socket, asio::buffer(bytes), as_result);
  connection.worker.totals.bytes_out += sent;
  co_return ec;
}

Task<error_code> send_filler(Connection& connection, std::uint64_t size) {
  static const std::string block(64 * 1024, 'x');
  error_code ec;
  while (size > 0 && !ec) {
    const auto part = asio::buffer(block, std::min<std::uint64_t>(size, block.size()));
    const auto result = co_await connection.socket.async_write_some(part, as_result);
    ec = std::get<0>(result);
    size -= std::get<1>(result);
    connection.worker.totals.bytes_out += std::get<1>(result);
  }
  co_return ec;
}

// Every answer but the fixed one.
Task<error_code> answer(Connection& connection, Request request, std::string posted) {
  Worker& worker = connection.worker;
  auto delay = worker.options.delay;
  if (request.target.route == Route::delay)
    delay += std::chrono::milliseconds{request.target.number};
  if (delay.count() > 0 && request.refusal == 0) {
    connection.timer.expires_after(delay);
    auto [ec] = co_await connection.timer.async_wait(as_result);
    if (ec) co_return ec;
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

// After the last response. close() would send RST if the client sent more than we read, and the RST
// would take the response with it (RFC 9112 9.6): then FIN first, and read on for a while.
Task<> finish(Connection& connection, beast::flat_buffer& buffer, bool more_will_come) {
  Worker& worker = connection.worker;
  Socket& socket = connection.socket;
  error_code ec;
  std::uint64_t read = 0;
  while (!ec && read < linger_size) {
    buffer.clear();
    read += socket.read_some(buffer.prepare(buffer.capacity()), ec);
  }
  worker.totals.bytes_in += read;
  if (ec && ec != asio::error::would_block) {
    connection.closed_by = ended_by(connection, ec);
    co_return;
  }
  const bool client_closes = worker.options.close_by == ServerCloseBy::client;
  if (!client_closes && !more_will_come && read == 0) co_return;
  if (!client_closes) socket.shutdown(Socket::shutdown_send, ec);
  connection.deadline = Clock::now() + linger_time;
  while (read < linger_size) {
    const auto result =
        co_await socket.async_read_some(buffer.prepare(buffer.capacity()), as_result);
    read += std::get<1>(result);
    worker.totals.bytes_in += std::get<1>(result);
    if (std::get<0>(result)) {
      if (client_closes) connection.closed_by = ended_by(connection, std::get<0>(result));
      co_return;
    }
  }
}

}  // namespace

Task<> serve(Socket accepted, Worker& worker) {
  Connection connection(std::move(accepted), worker);
  Socket& socket = connection.socket;
  beast::flat_buffer buffer(max_head_size);
  buffer.reserve(first_buffer_size);
  std::string body;
  std::optional<RequestParser> parser;
  for (;;) {
    body.clear();
    parser.emplace(body);
    while (!parser->feed(buffer)) {
      if (parser->take_expectation()) {
        const error_code ec = co_await send(connection, std::string(go_on));
        if (ec) {
          connection.closed_by = ended_by(connection, ec);
          co_return;
        }
      }
      connection.idle = !parser->got_some();
      if (worker.draining && connection.idle) {
        if (const error_code seen = look(socket)) {
          if (seen != asio::error::would_block) connection.closed_by = ended_by(connection, seen);
          co_return;
        }
      }
      auto [ec, read] = co_await socket.async_read_some(
          buffer.prepare(beast::read_size(buffer, buffer.max_size())), as_result);
      connection.idle = false;
      buffer.commit(read);
      worker.totals.bytes_in += read;
      if (ec == asio::error::operation_aborted && !connection.aborted) continue;  // drain()
      if (ec) {
        connection.closed_by = ended_by(connection, ec);
        co_return;
      }
    }
    const Request request = parser->request();
    error_code ec;
    if (worker.fixed_reply.answers(request)) {
      const auto bytes = worker.fixed_reply.bytes(request, persistence_of(request, worker));
      const std::size_t sent = socket.write_some(asio::buffer(bytes), ec);
      worker.totals.bytes_out += sent;
      // The rest is copied: the next second's Date is written into the fixed reply.
      if (ec == asio::error::would_block || (!ec && sent < bytes.size()))
        ec = co_await send(connection, std::string(bytes.substr(sent)));
      if (!ec) ++worker.totals.by_status[200];
    } else {
      ec = co_await answer(connection, request, std::move(body));
    }
    if (ec) {
      connection.closed_by = ended_by(connection, ec);
      co_return;
    }
    if (persistence_of(request, worker) == Persistence::close) {
      co_await finish(connection, buffer, request.refusal != 0);
      co_return;
    }
  }
}

}  // namespace tws::server
