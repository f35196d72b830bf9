// The life of one connection of the load: connect, request, response, and again.
#include "dial.hpp"
#include "worker.hpp"

#include <boost/beast/http/error.hpp>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace tws::load {
namespace {

constexpr std::size_t one_segment = 1400;        // bytes that fit into a packet on any usual link
constexpr std::size_t most_kept = 4096;          // bytes that a connection keeps room for
constexpr std::uint64_t most_ports_tried = 100;  // for one attempt
constexpr std::chrono::seconds patience_for_fin{1};  // with a server that is to close

}  // namespace

io::Spawned Worker::drive(Connection& c) {
  bool again = false;
  while (again || take_request(c)) {
    if (pacer_ && !again && !is_late(c)) {
      co_await c.socket.until(c.due);
      if (!stopping_) tally_.begin_delay.record(Clock::now() - c.due);
    }
    if (stopping_) break;
    again = false;
    begin_request(c);
    while (!c.failure && !c.established) {
      const int error = co_await c.socket.writable();
      if (!goes_on(c, error)) break;
      finish_attempt(c);
    }
    if (stopping_) break;
    if (!c.established) {
      attempt_failed(c);
      co_await c.socket.until(end_of_pause(c));
      continue;
    }
    while (!c.failure && !c.reader.done() && !c.sent_all()) {
      // A server may answer before it has read all, and may read no further until its answer is
      // read.
      const int error = co_await c.socket.readable_or_writable();
      if (!goes_on(c, error)) break;
      if (c.socket.has_bytes())
        receive(c);
      else
        send_some(c);
    }
    if (stopping_) break;
    if (!c.failure && c.phase == Phase::write) enter(c, Phase::wait, Clock::now());
    while (!c.failure && !c.reader.done()) {
      const int error = co_await c.socket.readable();
      if (!goes_on(c, error)) break;
      receive(c);
    }
    if (stopping_) break;

    if (c.failure) {
      again = is_stale(c);
      if (!again) request_failed(c);
      close(c, closer_after_failure(c));
      if (!again) co_await c.socket.until(end_of_pause(c));
    } else if (c.phase == Phase::read) {  // not kept
      while (is_server_to_close(c)) {
        const int error = co_await c.socket.readable();
        if (!goes_on(c, error)) break;
        receive_end(c);
      }
      if (stopping_) break;
      close(c, closer_at_end(c));
    }
  }
  if (c.established) {
    c.failure = {};
    close(c, closer_after_failure(c));
  } else {
    c.socket.close();
  }
  if (!stopping_) enter(c, c.phase, Clock::now());
  c.running = false;
  if (--running_ == 0) loop_.interrupt();
}

// After a wait: whether it was for something.
bool Worker::goes_on(Connection& c, int error) {
  if (c.expired)
    c.failure = asio::error::timed_out;
  else if (error != 0)
    c.failure = io::system_error(error);
  return !c.failure && !stopping_;
}

void Worker::begin_request(Connection& c) {
  c.busy = true;
  c.expired = false;
  c.failure = {};
  c.sent = 0;
  c.reader.start(to_head_);
  if (pacer_) {
    c.begun = Clock::now();
    c.begin = c.due;
    if (c.established) enter(c, Phase::write, c.begun);
  } else {
    c.begun = c.begin;  // the end of the last response: see `responded`
  }
  if (!c.established) return begin_attempt(c);
  const bool last = job_.plan.requests_per_connection == c.served + 1;
  c.request = last ? &c.target->last : &c.target->kept;
  c.deadline = c.begun + job_.plan.timeout;
  ++tally_.requests_started;
  send_some(c);
}

// With a rate: whether the request was due before its connection was free.
bool Worker::is_late(Connection& c) {
  const auto now = Clock::now();
  if (c.due <= now) {
    ++tally_.begun_late;
    tally_.begin_delay.record(now - c.due);
    return true;
  }
  enter(c, Phase::idle, now);
  c.busy = false;
  c.deadline = Clock::time_point::max();
  return false;
}

void Worker::begin_attempt(Connection& c) {
  c.begun = Clock::now();
  if (!pacer_) c.begin = c.begun;
  enter(c, Phase::connect, c.begun);
  c.deadline = c.begun + job_.plan.connect_timeout;
  if (c.left.capacity() > most_kept) c.left = std::vector<char>();
  c.left.clear();
  c.served = 0;
  c.ended = false;

  const auto number = next_attempt_;
  ++next_attempt_;
  const auto& targets = job_.targets;
  c.target = &targets[number % targets.size()];
  c.request = job_.plan.keep_alive() ? &c.target->kept : &c.target->last;

  ++tally_.attempts_started;
  const int descriptor = dial(*c.target, number);
  const auto now = Clock::now();
  tally_.time_in_connect_call += now - c.begun;
  if (descriptor < 0) {
    c.failure = io::system_error(-descriptor);
    return;
  }
  c.socket.open(descriptor);
  // On loopback the handshake is done when connect() returns, so it is worth a try to send at once.
  send_first(c, now);
}

void Worker::finish_attempt(Connection& c) {
  c.failure = io::system_error(connect_error(c.socket.descriptor()));
  if (c.failure) return;
  connected(c, Clock::now());
  send_some(c);
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
  for (std::uint64_t tries = std::min<std::uint64_t>(own_ports_->size(), most_ports_tried);
       tries > 0; --tries) {
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
      !has_time_stamps(c.socket.descriptor())) {
    own_ports_.reset();
    tally_.own_ports_given_up = true;
  }
  ++tally_.requests_started;
  c.deadline = now + job_.plan.timeout;
  enter(c, Phase::write, now);
  if (c.request->size() > one_segment) {
    // Nagle's algorithm would hold the last part back until the server acknowledges the others.
    const int on = 1;
    ::setsockopt(c.socket.descriptor(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
}

// On a socket that may not be connected yet: finds out whether it is.
void Worker::send_first(Connection& c, Clock::time_point now) {
  const auto size = c.socket.send(c.request->data(), c.request->size());
  if (size == -EAGAIN || size == -ENOTCONN) return;
  if (size >= 0) {
    connected(c, now);
    c.sent = static_cast<std::size_t>(size);
    return;
  }
  c.failure = io::system_error(-size);
  if (!is_reset(c.failure)) return;
  // The server accepted and was gone before the first byte: connected all the same.
  connected(c, now);
  look_for_answer(c);
}

// Hands over as much of the request as the kernel takes.
void Worker::send_some(Connection& c) {
  const auto size = c.socket.send(c.request->data() + c.sent, c.request->size() - c.sent);
  if (size >= 0) {
    c.sent += static_cast<std::size_t>(size);
  } else if (size != -EAGAIN) {
    c.failure = io::system_error(-size);
    look_for_answer(c);
  }
}

// Nobody reads the request any more. Why, the server may have said before: 413, say.
void Worker::look_for_answer(Connection& c) {
  const auto failure = std::exchange(c.failure, {});
  do receive(c);
  while (!c.failure && !c.reader.done() && c.socket.has_bytes());
  if (!c.failure && !c.reader.done()) c.failure = failure;
}

// All connections read into the same buffer, which stays in the processor's cache. What the reader
// can't use yet is kept for the next time.
void Worker::receive(Connection& c) {
  const auto before = c.left.size();
  std::copy(c.left.begin(), c.left.end(), buffer_.begin());
  const auto size = c.socket.receive(buffer_.data() + before, buffer_.size() - before);
  if (size == -EAGAIN) return;
  const auto now = Clock::now();
  if (size > 0 && c.phase != Phase::read) {
    enter(c, Phase::read, now);
    tally_.first_byte.record(now - c.begin);
  }
  c.ended = size == 0;
  c.expired = c.expired || now >= c.deadline;
  if (c.expired) {
    c.failure = asio::error::timed_out;  // it may even be here, but it is late
  } else if (c.ended) {
    c.reader.feed_end(c.failure);
  } else if (size < 0) {
    c.failure = io::system_error(-size);
  } else {
    const auto here = before + static_cast<std::size_t>(size);
    const auto used = c.reader.feed(buffer_.data(), here, c.failure);
    c.left.assign(buffer_.data() + used, buffer_.data() + here);
    if (!c.failure && c.left.size() >= most_head_bytes)
      c.failure = boost::beast::http::error::buffer_overflow;
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
  // RFC 9112 9.5: an answer that came before all was sent ends the request and the connection.
  if (last || !c.sent_all() || c.ended || !c.left.empty() || !c.reader.keep_alive()) {
    tally_.extra_bytes += c.left.size();
    c.deadline = now + patience_for_fin;
    return;
  }
  c.begin = now;
  enter(c, pacer_ ? Phase::idle : Phase::write, now);
}

}  // namespace tws::load
