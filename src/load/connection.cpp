// The life of one connection of the load: connect, request, response, and again.
#include "tws/support/errors.hpp"

#include "dial.hpp"
#include "worker.hpp"

#include <boost/beast/http/error.hpp>
#include <fmt/format.h>
#ifdef __linux__
#include <linux/sockios.h>
#endif
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace tws::load {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t first_buffer = 2048;  // bytes; most responses fit
constexpr std::size_t one_segment = 1400;   // bytes that fit into a packet on any usual link
constexpr std::chrono::nanoseconds shortest_pause = 1ms;
constexpr std::chrono::nanoseconds longest_pause = 100ms;
constexpr auto patience_for_fin = 1s;  // with a server that is to close
constexpr auto moment_of_a_race = 1ms;
constexpr std::uint64_t most_ports_tried = 100;  // for one attempt

error_code system_error(int number) {
  return {number, boost::system::system_category()};
}

bool is_reset(const error_code& error) {
  return error == asio::error::connection_reset || error == asio::error::broken_pipe;
}

// A close() that finds unread bytes sends a RST instead of a FIN (RFC 2525 2.17).
bool has_unread(Socket& socket) {
  int bytes = 0;
  return ::ioctl(socket.native_handle(), FIONREAD, &bytes) == 0 && bytes > 0;
}

// Bytes that were sent and that the other end's kernel has not acknowledged.
bool has_unacknowledged(Socket& socket) {
  int bytes = 0;
#ifdef __linux__
  return ::ioctl(socket.native_handle(), SIOCOUTQ, &bytes) == 0 && bytes > 0;
#else
  socklen_t size = sizeof bytes;
  return ::getsockopt(socket.native_handle(), SOL_SOCKET, SO_NWRITE, &bytes, &size) == 0 && bytes > 0;
#endif
}

}  // namespace

Connection::Connection(asio::io_context& io) : socket(io), pause_timer(io), buffer(first_buffer) {}

Task<> Worker::drive(Connection& c) {
  bool again = false;
  while (again || take_request(c)) {
    if (pacer_ && !again) co_await wait_until_due(c);
    if (stopping_) break;
    again = false;
    begin_request(c);
    if (!c.established) co_await open(c);
    if (stopping_) break;
    if (!c.established) {
      attempt_failed(c);
      co_await pause(c);
      continue;
    }
    while (!c.failure && c.sent < c.request->size()) {
      auto [error] = co_await c.socket.async_wait(Socket::wait_write, as_result);
      c.failure = error;
      if (!error && !stopping_) send_some(c);
    }
    if (!c.failure) begin_response(c);
    while (!c.failure && !c.reader.done()) {
      auto [error, size] = co_await c.socket.async_read_some(room(c), as_result);
      if (stopping_) break;
      received(c, error, size);
    }
    if (stopping_) break;

    if (!c.failure) {
      if (c.phase == Phase::read) co_await end(c);  // not kept
    } else if (stale(c)) {
      // A race and nobody's fault: the request may be sent again (RFC 9112 9.3.1).
      ++tally_.stale_reuses;
      --tally_.requests_started;
      again = true;
      close(c, closer_after_failure(c));
    } else {
      request_failed(c);
      close(c, closer_after_failure(c));
      co_await pause(c);
    }
  }
  if (c.established) {
    c.failure = {};
    close(c, closer_after_failure(c));
  } else {
    error_code ignored;
    c.socket.close(ignored);
  }
  if (!stopping_) enter(c, c.phase, Clock::now());
  c.running = false;
  if (--running_ == 0) timer_.cancel();
}

void Worker::begin_request(Connection& c) {
  c.busy = true;
  c.expired = false;
  c.failure = {};
  c.sent = 0;
  if (pacer_) {
    c.begun = Clock::now();
    c.begin = c.due;
    if (c.established) enter(c, Phase::write, c.begun);
  } else {
    c.begun = c.begin;  // the end of the last response: see `responded`
  }
  if (!c.established) return;
  const bool last = job_.plan.requests_per_connection == c.served + 1;
  c.request = last ? &c.target->last : &c.target->kept;
  c.deadline = c.begun + job_.plan.timeout;
  ++tally_.requests_started;
  send_some(c);
}

Task<> Worker::wait_until_due(Connection& c) {
  const auto now = Clock::now();
  if (c.due <= now) {
    ++tally_.begun_late;
    tally_.begin_delay.record(now - c.due);
    co_return;
  }
  enter(c, Phase::idle, now);
  c.busy = false;
  c.deadline = Clock::time_point::max();
  c.pause_timer.expires_at(c.due);
  co_await c.pause_timer.async_wait(as_result);
  if (!stopping_) tally_.begin_delay.record(Clock::now() - c.due);
}

Task<> Worker::open(Connection& c) {
  begin_attempt(c);
  // On loopback the handshake is done when connect() returns, so it is worth a try to send at once.
  if (!c.failure) send_some(c);
  while (!c.failure && !c.established) {
    auto [error] = co_await c.socket.async_wait(Socket::wait_write, as_result);
    if (stopping_) co_return;
    c.failure = error ? error : system_error(connect_error(c.socket.native_handle()));
    if (!c.failure) {
      connected(c, Clock::now());
      send_some(c);
    }
  }
}

void Worker::begin_attempt(Connection& c) {
  c.begun = Clock::now();
  if (!pacer_) c.begin = c.begun;
  enter(c, Phase::connect, c.begun);
  c.deadline = c.begun + job_.plan.connect_timeout;
  c.buffered = 0;
  c.served = 0;
  c.ended = false;

  const auto number = next_attempt_;
  ++next_attempt_;
  const auto& targets = job_.targets;
  c.target = &targets[number % targets.size()];
  c.request = job_.plan.keep_alive() ? &c.target->kept : &c.target->last;

  ++tally_.attempts_started;
  const int descriptor = dial(*c.target, number);
  tally_.time_in_connect_call += Clock::now() - c.begun;
  if (descriptor < 0) c.failure = system_error(-descriptor);
  else c.socket.assign(c.target->endpoint.protocol(), descriptor, c.failure);
}

// A descriptor or -errno.
int Worker::dial(const Target& target, std::uint64_t number) {
  const auto& sources = job_.sources;
  if (!own_ports_) {
    std::optional<asio::ip::address> source;
    if (!sources.empty()) source = sources[number / job_.targets.size() % sources.size()];
    return begin_connecting(target.endpoint, source, job_.plan.port_range);
  }
  // Somebody else may have the port, or the pair may be of a connection that has not ended yet.
  int result = 0;
  for (std::uint64_t tries = std::min<std::uint64_t>(own_ports_->size(), most_ports_tried); tries > 0;
       --tries) {
    const auto own = own_ports_->next();
    result = begin_connecting_from(target.endpoint, own.address, own.port);
    if (result != -EADDRINUSE && result != -EADDRNOTAVAIL) break;
  }
  return result;
}

void Worker::connected(Connection& c, Clock::time_point now) {
  c.established = true;
  ++tally_.attempts_connected;
  tally_.connect.record(now - c.begun);
  tally_.peak_open = std::max(tally_.peak_open, ++open_now_);
  // Attempts go to the targets in turn, so the first ones see each of them.
  if (own_ports_ && tally_.attempts_connected <= job_.targets.size() &&
      !has_time_stamps(c.socket.native_handle())) {
    own_ports_.reset();
    tally_.own_ports_given_up = true;
  }
  ++tally_.requests_started;
  c.deadline = now + job_.plan.timeout;
  enter(c, Phase::write, now);
  if (c.request->size() > one_segment) {
    // Nagle's algorithm would hold the last part back until the server acknowledges the others.
    error_code ignored;
    c.socket.set_option(tcp::no_delay(true), ignored);
  }
}

// Hands over as much of the request as the kernel takes. Without an error and with bytes left, the
// socket isn't ready. On a socket that isn't connected yet it also finds out whether it is.
void Worker::send_some(Connection& c) {
  const auto begun = c.established ? Clock::time_point{} : Clock::now();
  const ssize_t size = ::send(c.socket.native_handle(), c.request->data() + c.sent,
                              c.request->size() - c.sent, MSG_DONTWAIT);
  if (size >= 0) {
    c.sent += static_cast<std::size_t>(size);
    if (!c.established) connected(c, begun);
  } else if (errno != EAGAIN && errno != EINTR && (c.established || errno != ENOTCONN)) {
    c.failure = system_error(errno);
    // The server accepted and was gone before the first byte: connected all the same.
    if (!c.established && is_reset(c.failure)) connected(c, begun);
  }
}

void Worker::begin_response(Connection& c) {
  enter(c, Phase::wait, Clock::now());
  c.reader.start(to_head_);
}

asio::mutable_buffer Worker::room(Connection& c) {
  c.opaque = c.buffered == 0 && c.reader.opaque_bytes() > 0;
  if (c.opaque) return asio::buffer(bin_, std::min<std::uint64_t>(c.reader.opaque_bytes(), bin_.size()));
  return asio::buffer(c.buffer) + c.buffered;
}

void Worker::received(Connection& c, const error_code& error, std::size_t size) {
  const auto now = Clock::now();
  if (size > 0 && c.phase == Phase::wait) {
    enter(c, Phase::read, now);
    tally_.first_byte.record(now - c.begin);
  }
  c.ended = error == asio::error::eof;
  c.expired = c.expired || now >= c.deadline;
  if (c.expired) {
    c.failure = asio::error::timed_out;  // it may even be here, but it is late
  } else if (c.ended) {
    c.reader.feed_end(c.failure);
  } else if (error) {
    c.failure = error;
  } else if (c.opaque) {
    c.reader.feed(bin_.data(), size, c.failure);
  } else {
    c.buffered += size;
    const bool full = c.buffered == c.buffer.size();
    const auto used = c.reader.feed(c.buffer.data(), c.buffered, c.failure);
    c.buffered -= used;
    std::memmove(c.buffer.data(), c.buffer.data() + used, c.buffered);
    if (full) {
      if (c.buffered == most_head_bytes) c.failure = boost::beast::http::error::buffer_overflow;
      c.buffer.resize(std::min<std::size_t>(2 * c.buffer.size(), most_head_bytes));
    }
  }
  if (!c.failure && c.reader.done()) responded(c, now);
}

// A complete response. A connection that is kept begins its next request now.
void Worker::responded(Connection& c, Clock::time_point now) {
  const auto latency = now - c.begin;
  const int status = c.reader.status();
  ++tally_.responses_by_status[static_cast<std::size_t>(status)];
  tally_.body_bytes += c.reader.body_bytes();
  if (status < 400) {
    tally_.latency.record(latency);
    tick_.latency.record(latency);
    ++tick_.requests;
  } else {
    tally_.latency_of_refused.record(latency);
  }
  if (pacer_) tally_.service_time.record(now - c.begun);
  c.pause = {};
  c.busy = false;
  ++c.served;
  const bool last = job_.plan.requests_per_connection == c.served;
  if (last || c.ended || c.buffered > 0 || !c.reader.keep_alive()) return;
  c.begin = now;
  enter(c, pacer_ ? Phase::idle : Phase::write, now);
}

// The server closed the connection before this request reached it. If its kernel has not acknowledged
// the request, nobody has read it. If it has, a server that closed at that very moment can't be told
// from one that gave up on the request, so only what comes back at once, and for a method that may be
// repeated (RFC 9110 9.2.2), is taken for the former.
bool Worker::stale(Connection& c) {
  if (c.served == 0 || c.phase == Phase::read || c.expired) return false;
  if (!c.ended && !is_reset(c.failure)) return false;
  return has_unacknowledged(c.socket) ||
         (repeatable_ && Clock::now() - c.begun < moment_of_a_race);
}

void Worker::attempt_failed(Connection& c) {
  if (c.failure && !c.expired) tick_.attempt_error = c.failure.value();
  count(tally_.attempts_failed, c.expired ? "timeout" : errno_name(c.failure.value()));
  error_code ignored;
  c.socket.close(ignored);
}

void Worker::request_failed(Connection& c) {
  std::string kind;
  if (c.expired) kind = "timeout";
  else if (c.ended && c.phase != Phase::read) kind = "closed";  // a FIN and no answer
  else if (c.failure.category() == boost::system::system_category()) kind = errno_name(c.failure.value());
  else kind = response_error_name(c.failure);
  count(tally_.requests_failed, fmt::format("{}: {}", phase_names[index(c.phase)], kind));
}

void Worker::count(Failures& failures, const std::string& kind) {
  auto& failure = failures[kind];
  if (failure.count++ == 0) failure.first = Clock::now() - job_.start;
}

Task<> Worker::pause(Connection& c) {
  const auto now = Clock::now();
  if (c.pause == c.pause.zero()) c.failing_since = now;
  c.pause = std::clamp(2 * c.pause, shortest_pause, longest_pause);
  c.deadline = Clock::time_point::max();
  c.busy = true;
  enter(c, Phase::backoff, now);
  c.pause_timer.expires_at(now + c.pause);
  co_await c.pause_timer.async_wait(as_result);
}

// Ends a connection after its last response, by whom the plan wants it.
Task<> Worker::end(Connection& c) {
  tally_.extra_bytes += c.buffered;
  auto closer = Closer::client;
  const bool server_closes = c.request == &c.target->last || !c.reader.keep_alive();
  if (c.ended) {
    closer = Closer::server;
  } else if (job_.plan.close_by == CloseBy::reset) {
    closer = Closer::reset;
  } else if (job_.plan.close_by == CloseBy::client) {
    if (!c.reader.keep_alive()) closer = closer_so_far(c);
  } else if (server_closes) {
    c.deadline = Clock::now() + patience_for_fin;
    error_code error;
    while (!error) {
      auto [failure, size] = co_await c.socket.async_read_some(asio::buffer(bin_), as_result);
      tally_.extra_bytes += size;
      error = failure;
    }
    if (error == asio::error::eof) closer = Closer::server;
    else if (is_reset(error)) closer = Closer::reset;
    else if (c.expired) ++tally_.server_kept_open;
  }
  close(c, closer);
}

// Whether the server was first, as far as it is known by now.
Worker::Closer Worker::closer_so_far(Connection& c) {
  char byte;
  const auto size = ::recv(c.socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (size == 0) return Closer::server;
  return size < 0 && is_reset(system_error(errno)) ? Closer::reset : Closer::client;
}

// Who ended a connection that did not come to its planned end.
Worker::Closer Worker::closer_after_failure(Connection& c) {
  if (c.ended) return Closer::server;
  if (is_reset(c.failure) || job_.plan.close_by == CloseBy::reset || has_unread(c.socket))
    return Closer::reset;
  return Closer::client;
}

void Worker::close(Connection& c, Closer closer) {
  error_code ignored;
  if (closer == Closer::reset) c.socket.set_option(asio::socket_base::linger(true, 0), ignored);
  c.socket.close(ignored);
  c.established = false;
  --open_now_;
  switch (closer) {
    case Closer::client: ++tally_.closed_by_client; break;
    case Closer::server: ++tally_.closed_by_server; break;
    case Closer::reset: ++tally_.closed_by_reset; break;
  }
}

}  // namespace tws::load
