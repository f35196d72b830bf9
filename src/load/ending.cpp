// How connections, attempts and requests end, other than by a response on a connection that is
// kept.
#include "tws/measure/pause.hpp"
#include "tws/support/errors.hpp"
#include "worker.hpp"

#include <boost/asio/error.hpp>
#include <fmt/format.h>
#ifdef __linux__
#include <linux/sockios.h>
#endif
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace tws::load {
namespace {

using namespace std::chrono_literals;

constexpr auto moment_of_a_race = 1ms;

// A close() that finds unread bytes sends a RST instead of a FIN (RFC 2525 2.17).
bool has_unread(const io::Socket& socket) {
  int bytes = 0;
  return ::ioctl(socket.descriptor(), FIONREAD, &bytes) == 0 && bytes > 0;
}

// Bytes that were sent and that the other end's kernel has not acknowledged.
std::size_t unacknowledged(const io::Socket& socket) {
  int bytes = 0;
#ifdef __linux__
  const int failed = ::ioctl(socket.descriptor(), SIOCOUTQ, &bytes);
#else
  socklen_t size = sizeof bytes;
  const int failed = ::getsockopt(socket.descriptor(), SOL_SOCKET, SO_NWRITE, &bytes, &size);
#endif
  return failed ? 0 : static_cast<std::size_t>(std::max(bytes, 0));
}

}  // namespace

// Whether the server closed a kept connection before this request reached it: a race and nobody's
// fault, so that the request may be sent again (RFC 9112 9.3.1).
bool Worker::is_stale(Connection& c) {
  if (c.served == 0 || c.phase == Phase::read || c.expired) return false;
  if (!c.ended && !is_reset(c.failure)) return false;
  if (!is_surely_unread(c) && !(repeatable_ && is_probably_unread(c))) return false;
  ++tally_.stale_reuses;
  --tally_.requests_started;
  return true;
}

// Either nothing of the request was handed to the kernel, or the server's FIN acknowledged nothing
// of it. A FIN acknowledges all that has come before it, so it was sent before the request came, by
// a server that can answer nothing any more. A RST says nothing of the kind: what has been read may
// be unacknowledged for some 40 ms (TCP_DELACK_MIN), and a RST's own acknowledgement is not looked
// at.
bool Worker::is_surely_unread(const Connection& c) {
  return c.sent == 0 || (c.ended && unacknowledged(c.socket) >= c.sent);
}

// Good enough for a method that may be repeated (RFC 9110 9.2.2). What is acknowledged and comes
// back at once is from a server that closed at that very moment, more likely than from one that
// gave up.
bool Worker::is_probably_unread(const Connection& c) {
  return unacknowledged(c.socket) > 0 || Clock::now() - c.begun < moment_of_a_race;
}

void Worker::attempt_failed(Connection& c) {
  if (c.failure && !c.expired) tick_.attempt_error = c.failure.value();
  count(tally_.attempts_failed, c.expired ? "timeout" : errno_name(c.failure.value()));
  c.socket.close();
}

void Worker::request_failed(Connection& c) {
  count_partial_body(c);
  std::string kind;
  if (c.expired)
    kind = "timeout";
  else if (c.ended && c.phase != Phase::read)
    kind = "closed";  // a FIN and no answer
  else if (c.failure.category() == boost::system::system_category())
    kind = errno_name(c.failure.value());
  else
    kind = response_error_name(c.failure);
  count(tally_.requests_failed, fmt::format("{}: {}", phase_names[index(c.phase)], kind));
}

// Of a response that has begun and will not be read to its end.
void Worker::count_partial_body(const Connection& c) {
  if (c.phase == Phase::read) tally_.partial_body_bytes += c.reader.body_bytes();
}

void Worker::count(Failures& failures, const std::string& kind) {
  auto& failure = failures[kind];
  if (failure.count++ == 0) failure.first = Clock::now() - start_;
}

// Begins a pause.
Clock::time_point Worker::end_of_pause(Connection& c) {
  const auto now = Clock::now();
  if (c.pause == c.pause.zero()) c.failing_since = now;
  c.pause = next_pause(c.pause);
  c.deadline = Clock::time_point::max();
  c.busy = true;
  enter(c, Phase::backoff, now);
  return now + c.pause;
}

bool Worker::is_server_to_close(const Connection& c) const {
  if (c.ended || c.failure || job_.plan.close_by != CloseBy::server) return false;
  if (!c.sent_all()) return false;  // it may wait for the rest of the request
  return c.request == &c.target->last || !c.reader.keep_alive();
}

void Worker::receive_end(Connection& c) {
  const auto size = c.socket.receive(buffer_.data(), buffer_.size());
  c.ended = size == 0;
  if (size > 0)
    tally_.extra_bytes += static_cast<std::size_t>(size);
  else if (size < 0 && size != -EAGAIN)
    c.failure = io::system_error(-size);
}

Worker::Closer Worker::closer_at_end(Connection& c) {
  if (c.ended) return Closer::server;
  if (job_.plan.close_by == CloseBy::reset || is_reset(c.failure)) return Closer::reset;
  if (!c.sent_all() || (job_.plan.close_by == CloseBy::client && !c.reader.keep_alive()))
    return closer_so_far(c);
  if (c.expired) ++tally_.server_kept_open;
  return Closer::client;
}

// Whether the server was first, as far as it is known by now.
Worker::Closer Worker::closer_so_far(Connection& c) {
  const auto size = c.socket.receive(buffer_.data(), 1);
  if (size == 0) return Closer::server;
  return size < 0 && is_reset(io::system_error(-size)) ? Closer::reset : Closer::client;
}

// Who ended a connection that did not come to its planned end.
Worker::Closer Worker::closer_after_failure(Connection& c) {
  if (c.ended) return Closer::server;
  if (is_reset(c.failure) || job_.plan.close_by == CloseBy::reset || has_unread(c.socket))
    return Closer::reset;
  return Closer::client;
}

void Worker::close(Connection& c, Closer closer) {
  const linger at_once{1, 0};
  if (closer == Closer::reset)
    ::setsockopt(c.socket.descriptor(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  c.socket.close();
  c.established = false;
  --open_now_;
  switch (closer) {
    case Closer::client:
      ++tally_.closed_by_client;
      break;
    case Closer::server:
      ++tally_.closed_by_server;
      break;
    case Closer::reset:
      ++tally_.closed_by_reset;
      break;
  }
}

}  // namespace tws::load
