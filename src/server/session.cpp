#include "server/session.hpp"

#include "server/handshake.hpp"
#include "server/request.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tws::server {

namespace beast = boost::beast;

namespace {

// A response's head and so many bytes of filler go out together: one packet, and one record of TLS
// (16 KiB), where they fit.
constexpr std::uint64_t filler_with_head = 15 * 1024;

constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";

Persistence persistence_of(const Request& request, const Connection& connection) {
  const ServerOptions& options = connection.worker.options;
  if (!request.keep_alive || !options.keep_alive || connection.worker.draining ||
      request.target.route == Route::unframed || request.refusal != 0 || request.body_unread ||
      connection.requests == options.limits.requests)
    return Persistence::close;
  return request.version == 10 ? Persistence::keep_alive_1_0 : Persistence::keep_alive;
}

void append(beast::flat_buffer& buffer, std::string_view bytes) {
  if (bytes.empty()) return;  // memcpy() must not get a null pointer, even for no bytes
  std::memcpy(buffer.prepare(bytes.size()).data(), bytes.data(), bytes.size());
  buffer.commit(bytes.size());
}

// The request that these bytes are, if they are the last one's again. Else the parser gets them.
std::optional<Request> recognised(const LastRequest& last, std::string_view bytes,
                                  beast::flat_buffer& buffer) {
  if (bytes == last.bytes) return last.request;
  append(buffer, bytes);
  return {};
}

// Whether it has, by an end that was not ours.
bool has_ended(Connection& connection, error_code ec) {
  if (ec) note_end(connection, ec);
  return ec.failed();
}

struct Arrival {
  Request request;
  bool at_once;  // the whole request was already in the buffer
};

// Reads the request whose first bytes are in the buffer; it may have a refusal. Returns nothing,
// and notes the end, if the connection ended first. `posted`: see RequestParser.
io::Task<std::optional<Arrival>> read_request(Connection& connection, beast::flat_buffer& buffer,
                                              std::string& posted) {
  const ServerLimits& limits = connection.worker.options.limits;
  RequestParser parser(limits, posted);
  bool at_once = true;
  bool in_body = false;
  give_time(connection, limits.head_time);
  while (!parser.feed(buffer)) {
    at_once = false;
    error_code ec;
    if (parser.take_expectation()) {
      Request request = parser.request();
      // If the head alone decides the final status, it is sent instead of 100 Continue (RFC 9110
      // 10.1.1).
      request.body_unread = connection.worker.answer(request, {}).status >= 400;
      if (request.body_unread) co_return Arrival{request, false};
      ec = co_await send(connection, std::string(go_on));
    }
    if (!in_body && parser.is_in_body()) {
      in_body = true;
      give_time(connection, limits.body_time);
    }
    if (!ec) {
      const auto event = connection.transport.to_receive();
      ec = after_wait(connection, co_await connection.transport.socket().wait(event));
      if (ec == asio::error::timed_out) {
        Request request = parser.request();  // its method decides whether the response has a body
        request.refusal = 408;
        co_return Arrival{request, false};
      }
    }
    if (!ec) append(buffer, receive(connection, buffer.max_size() - buffer.size(), ec));
    if (has_ended(connection, ec)) co_return std::nullopt;
  }
  co_return Arrival{parser.request(), at_once};
}

// A response that was completely handed to the kernel, unless `ec` is set.
struct Answer {
  error_code ec;
  unsigned status = 200;
  Persistence persistence = Persistence::close;
};

// Waits until the response is due. A RST ends the wait: that client wants no response. A FIN alone
// does not, because the client may only have closed its sending side.
io::Task<error_code> wait_for(Connection& connection, std::chrono::nanoseconds delay) {
  give_time(connection, {});
  const auto end = Clock::now() + delay;
  error_code ec;
  while (!ec && Clock::now() < end) {
    ec = after_wait(connection,
                    co_await connection.transport.socket().wait(io::Event::failure, end));
    if (!ec && connection.transport.socket().has_failed()) ec = asio::error::connection_reset;
  }
  co_return ec;
}

// The FIN shares a packet with the last bytes: a client that closes when it has them is second.
bool fin_follows(const Connection& connection, Persistence persistence) {
  return persistence == Persistence::close &&
         connection.worker.options.close_by == ServerCloseBy::server;
}

// Every response except the fixed one.
io::Task<Answer> answer(Connection& connection, Request request, std::string posted) {
  Worker& worker = connection.worker;
  const Reply reply = worker.answer(request, std::move(posted));
  error_code ec;
  if (reply.delay.count() > 0) ec = co_await wait_for(connection, reply.delay);
  if (ec) co_return Answer{ec};
  const auto persistence = persistence_of(request, connection);
  std::string bytes = head_of(reply, persistence, worker.date);
  const bool has_body = request.method != beast::http::verb::head && may_have_body(reply.status);
  const auto first_filler = has_body ? std::min(reply.filler, filler_with_head) : 0;
  const auto more_filler = has_body ? reply.filler - first_filler : 0;
  if (has_body) bytes += reply.body;
  bytes.append(first_filler, 'x');
  const bool last = more_filler == 0 && fin_follows(connection, persistence);
  ec = co_await send(connection, std::move(bytes), last);
  if (!ec && more_filler > 0) ec = co_await send_filler(connection, more_filler);
  co_return Answer{ec, reply.status, persistence};
}

// Sends the fixed response until the kernel takes no more; returns the rest.
std::string_view send_fixed(Connection& connection, const Request& request, Answer& answer) {
  answer.persistence = persistence_of(request, connection);
  const auto reply = connection.worker.fixed_reply.bytes(request, answer.persistence);
  const bool last = fin_follows(connection, answer.persistence);
  return reply.substr(send_some(connection, reply, answer.ec, last));
}

// What has to be waited for at the end of a connection.
struct Rest {
  bool is_sent;  // the last response is on the wire
  bool linger;
};

// The end behind the last response, which is counted if it was sent whole. Nothing: that was all.
std::optional<Rest> end_at_once(Connection& connection, unsigned status, bool more_will_come) {
  const Ending ending = begin_end(connection, more_will_come);
  const bool all_sent = is_sent(connection);
  if (!ending.ec && (!all_sent || ending.linger)) return Rest{all_sent, ending.linger};
  // A client that has reset may have had all of it.
  if (all_sent) ++connection.worker.totals.by_status[status];
  if (ending.ec) note_end(connection, ending.ec);
  return {};
}

io::Task<> end_in_stages(Connection& connection, unsigned status, Rest rest) {
  error_code ec;
  if (!rest.is_sent) {
    ec = co_await wait_until_taken(connection);
    rest.is_sent = is_sent(connection);
  }
  if (rest.is_sent) ++connection.worker.totals.by_status[status];
  if (ec) note_end(connection, ec);
  if (!ec && rest.linger) co_await linger(connection);
}

// The drain has begun, and the client asks nothing.
io::Task<> end_idle(Connection& connection) {
  if (!connection.transport.is_taken() && !begin_end(connection, false).ec)
    co_await wait_until_taken(connection);
}

// The client learns in plain text that it should not speak plain text.
io::Task<> refuse_plain_text(Connection& connection) {
  Request request;
  request.refusal = 400;
  request.plain = true;
  error_code ec;
  if (first_bytes(connection.transport, ec) == "HEAD ") request.method = beast::http::verb::head;
  const Answer answered = co_await answer(connection, request, {});
  if (has_ended(connection, answered.ec)) co_return;
  if (const auto rest = end_at_once(connection, answered.status, true))
    co_await end_in_stages(connection, answered.status, *rest);
}

}  // namespace

io::Task<> serve(Accepted accepted, Worker& worker) {
  Connection connection(std::move(accepted), worker);
  io::Socket& socket = connection.transport.socket();
  const ServerLimits& limits = worker.options.limits;
  if (worker.tls) {
    const Handshake handshake = co_await shake_hands(connection);
    if (handshake == Handshake::plain_text) co_await refuse_plain_text(connection);
    if (handshake != Handshake::complete) co_return;
  }
  beast::flat_buffer buffer(buffer_limit(limits));  // received bytes that were not parsed yet
  for (;;) {
    error_code ec;
    std::optional<Request> request;
    std::string posted;
    std::string_view bytes;  // the first bytes read, valid until the next read
    if (buffer.size() == 0) {
      give_time(connection, limits.idle_time);
      connection.idle = true;
      connection.is_reading = false;
      if (worker.draining && connection.transport.is_silent()) {
        co_await end_idle(connection);
        co_return;
      }
      int error = 0;
      do error = co_await socket.wait(connection.transport.to_receive());
      while (is_still_reading(connection));
      ec = after_wait(connection, error);
      connection.idle = false;
      if (!ec) bytes = receive(connection, buffer.max_size(), ec);
      if (has_ended(connection, ec)) co_return;
      if (bytes.empty()) continue;
      request = recognised(worker.last_request, bytes, buffer);
    }
    bool is_whole = false;  // `bytes` are exactly one request
    if (!request) {
      const auto arrival = co_await read_request(connection, buffer, posted);
      if (!arrival) co_return;
      request = arrival->request;
      is_whole = arrival->at_once && !bytes.empty() && buffer.size() == 0;
    }
    ++connection.requests;
    Answer answered;
    if (worker.fixed_reply.answers(*request)) {
      if (is_whole) worker.last_request.remember(bytes, *request);
      const auto rest = send_fixed(connection, *request, answered);
      // Copied, because the next second's Date is written into the fixed reply.
      if (!answered.ec && !rest.empty()) answered.ec = co_await send(connection, std::string(rest));
    } else {
      answered = co_await answer(connection, *request, std::move(posted));
    }
    if (has_ended(connection, answered.ec)) co_return;
    if (answered.persistence == Persistence::close) {
      const bool more_will_come =
          request->refusal != 0 || request->body_unread || buffer.size() > 0;
      if (const auto rest = end_at_once(connection, answered.status, more_will_come))
        co_await end_in_stages(connection, answered.status, *rest);
      co_return;
    }
    ++worker.totals.by_status[answered.status];
  }
}

}  // namespace tws::server
