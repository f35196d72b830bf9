#include "load/connection.hpp"

#include "load/dial.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace tws::load {
namespace {

constexpr std::size_t one_segment = 1400;  // bytes that fit into a packet on any usual link
constexpr std::chrono::seconds patience_for_fin{1};  // if the server is to close
// With TLS the FIN follows the close_notify at once, unless the server waits for an answer. To one
// that came too early its kernel would say RST.
constexpr std::chrono::milliseconds patience_before_answer{5};

}  // namespace

Connection::Connection(Shared& shared, io::Loop& loop, std::uint32_t number)
    : shared_(shared),
      transport_(loop),
      ledger_(shared.books),
      http_(shared.last_response, shared.buffer, shared.job.plan.strict_http,
            shared.job.plan.redirects > 0),
      number_(number) {}

void Connection::begin() {
  if (!shared_.connections.empty()) return join(Clock::now());
  ledger_.join(shared_.books.load_start);
  next(Clock::now());
}

Connection::Awaits Connection::awaits() const {
  switch (state_) {
    case State::connecting:
      return Awaits::room;
    case State::tunnelling:
      return http_.has_sent_all() ? Awaits::bytes : Awaits::room;
    case State::handshaking:
      return transport_.to_receive() == io::Event::room ? Awaits::room : Awaits::bytes;
    case State::sending:
      return transport_.to_send() == io::Event::bytes ? Awaits::bytes : Awaits::bytes_or_room;
    case State::ending:
      if (transport_.owes_end()) return Awaits::bytes_or_moment;
      [[fallthrough]];
    case State::receiving:
      return transport_.to_receive() == io::Event::room ? Awaits::bytes_or_room : Awaits::bytes;
    case State::waiting:
    case State::pausing:
    case State::away:
      return Awaits::moment;
    case State::over:
      break;
  }
  return Awaits::nothing;
}

void Connection::go_on(int error) {
  if (state_ == State::waiting) return begin_request(Clock::now(), true);
  if (state_ == State::pausing) return next(Clock::now());
  if (state_ == State::away) return join(Clock::now());
  if (state_ == State::ending) {
    if (error == 0 && !expired_) return receive_end();
    return end(error);
  }
  if (expired_) return fail(kind(Cause::timeout));
  if (error != 0) return fail(kind(error));
  if (state_ == State::connecting) return finish_attempt();
  if (state_ == State::tunnelling) return tunnel();
  if (state_ == State::handshaking) return go_on_with_handshake(transport_.handshake());
  if (state_ == State::sending && !transport_.socket().has_bytes()) return send();
  receive();
}

bool Connection::expires(Moment now) {
  if (!deadline_ || now < *deadline_) return false;
  expired_ = true;
  return true;
}

// Takes the next request and begins it if it is due.
void Connection::next(Moment now) {
  deadline_.reset();
  const bool follows = next_hop_ != nullptr;
  if (!follows && now >= leaves_) return leave(now);
  const auto due = follows ? std::optional(now) : shared_.schedule.take(shared_.books.load_start);
  if (!due) {
    ledger_.rest(now);
    state_ = State::over;
    return;
  }
  ledger_.take(*due);
  if (*due <= now || !shared_.books.paced) return begin_request(now, follows);
  ledger_.rest(now);
  moment_ = *due;
  state_ = State::waiting;
}

void Connection::begin_request(Moment now, bool waited) {
  ledger_.begin(now, waited);
  expired_ = false;
  if (!established_) return attempt();
  ledger_.request(now);
  if (transport_.socket().has_bytes())
    if (const auto error = end_of_idle()) return replace(*error);
  choose(*target_);
  start(shared_.job.plan.requests_per_connection == served_ + 1);
  deadline_ = now + shared_.job.plan.timeout;
  state_ = State::sending;
  send();
}

void Connection::attempt() {
  ledger_.attempt(Clock::now());
  deadline_ = ledger_.begun() + shared_.job.plan.connect_timeout;
  served_ = 0;
  const auto [target, descriptor] = shared_.dialer.dial(only_target());
  const auto now = Clock::now();
  shared_.books.tally.time_in_connect_call += now - ledger_.begun();
  choose(*target);
  target_ = target;
  if (descriptor < 0) return fail(-descriptor);
  transport_.open(descriptor);
  http_.connected();
  if (target->tunnel) {
    http_.start(transport_, *target->tunnel, false, true);  // its response has no body
  } else {
    if (target->secure) shared_.tls.begin(transport_, target_index());
    start(!shared_.job.plan.keep_alive());
  }
  state_ = State::connecting;
  send_first(now);
}

// Tries to send at once, although the socket may not be connected yet: on loopback the handshake is
// complete when connect() returns.
void Connection::send_first(Moment now) {
  if (meets_itself()) return fail(ECONNREFUSED);
  if (transport_.is_secure()) return begin_handshake(now);
  const auto size = http_.send(transport_);
  if (size == -EAGAIN || size == -ENOTCONN) return;
  if (size < 0 && !is_reset(static_cast<int>(-size))) return fail(static_cast<int>(-size));
  connected(now);
  if (state_ == State::tunnelling) return tunnel();
  // If sending failed, the server accepted and ended the connection before the first byte; it still
  // counts as connected.
  if (size < 0)
    look_for_answer(static_cast<int>(-size));
  else if (http_.has_sent_all())
    sent();
}

void Connection::finish_attempt() {
  if (const int error = connect_error(transport_.descriptor())) return fail(error);
  if (meets_itself()) return fail(ECONNREFUSED);
  connected(Clock::now());
  if (state_ == State::tunnelling) return tunnel();
  if (transport_.is_secure()) return go_on_with_handshake(transport_.handshake());
  send();
}

// The same with TLS: tries to send the first flight of the handshake. The answer to it may be here
// at once.
void Connection::begin_handshake(Moment now) {
  const int error = transport_.handshake();
  const bool is_sent = transport_.handed_over() > 0;
  if (!is_sent && error == -EAGAIN) return;  // not connected yet
  if (!is_sent && !is_reset(-error)) return fail(-error);
  connected(now);
  go_on_with_handshake(error);
}

void Connection::go_on_with_handshake(int error) {
  if (error == -EAGAIN) return;
  if (error != 0) return fail(kind(-error));
  const auto now = Clock::now();
  ledger_.secured(transport_.tls().is_resumed(), now);
  shared_.tls.count(transport_, target_index(), shared_.books.tally);
  start(!shared_.job.plan.keep_alive());
  state_ = State::sending;
  deadline_ = now + shared_.job.plan.timeout;
  send();
}

// Nobody listens then. Once somebody has answered, nobody looks any more.
bool Connection::meets_itself() const {
  const Tally& tally = shared_.books.tally;
  return tally.latency.empty() && tally.latency_of_refused.empty() &&
         shared_.job.plan.unix_socket.empty() && is_its_own_peer(transport_.descriptor());
}

std::size_t Connection::target_index() const {
  return static_cast<std::size_t>(target_ - shared_.job.targets.data());
}

// Those towards the target of this connection.
TargetTally& Connection::of_target() const {
  return shared_.books.tally.by_target[target_index()];
}

void Connection::connected(Moment now) {
  established_ = true;
  ++of_target().connected;
  const bool secure = target_->secure;
  ledger_.connected(now, secure);
  state_ = target_->tunnel ? State::tunnelling : secure ? State::handshaking : State::sending;
  if (!secure) deadline_ = now + shared_.job.plan.timeout;  // a handshake is part of connecting
  if (shared_.dialer.gives_up_own_ports(transport_.descriptor()))
    shared_.books.tally.own_ports_given_up = true;
  if (!secure && http_.request().size() <= one_segment) return;
  // Nagle's algorithm would delay the last part until the server has acknowledged the others; with
  // TLS that is the request behind the end of the handshake.
  const int on = 1;
  ::setsockopt(transport_.descriptor(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

// Gives the kernel as much of the request as it takes.
void Connection::send() {
  const auto size = http_.send(transport_);
  if (size < 0 && size != -EAGAIN)
    look_for_answer(static_cast<int>(-size));
  else if (http_.has_sent_all())
    sent();
}

void Connection::sent() {
  if (ledger_.phase() == Phase::write) ledger_.sent(Clock::now());
  state_ = State::receiving;
}

// The server no longer reads the request. It may have sent a response that says why, such as 413.
void Connection::look_for_answer(int error) {
  bool is_open = true;
  do is_open = receive();
  while (is_open && transport_.socket().has_bytes());
  if (is_open) fail(kind(error));
}

// Whether the request is unfinished: it has neither a response nor a failure.
bool Connection::receive() {
  const auto received = http_.receive(transport_);
  const auto size = received.size;
  if (size == -EAGAIN) return true;
  const auto now = Clock::now();
  if (size > 0 && ledger_.phase() != Phase::read && http_.has_begun()) ledger_.first_byte(now);
  // The response may have arrived by now, but too late.
  expired_ = expired_ || expires(now);
  if (expired_)
    fail(kind(Cause::timeout));
  else if (size < 0)
    fail(kind(static_cast<int>(-size)));
  else if (received.fault != ResponseFault::none)
    fail_to_read(received);
  else if (http_.is_answered())
    responded(now);
  else
    return true;
  return false;
}

FailureKind Connection::kind(int error) const {
  const auto fault = transport_.is_secure() ? transport_.tls().fault() : TlsFault::none;
  if (fault != TlsFault::none) return {ledger_.phase(), fault};
  return {ledger_.phase(), error};
}

void Connection::count(Leniences leniences) {
  Counts& counts = shared_.books.tally.lenient;
  for (std::size_t i = 0; i < lenience_words.size(); ++i) {
    if (!leniences.has(i)) continue;
    const auto known = counts.find(lenience_words[i]);
    ++(known == counts.end() ? counts[std::string(lenience_words[i])] : known->second);
  }
}

// After the last response of a connection, until the server's FIN.
void Connection::receive_end() {
  auto& buffer = shared_.buffer;
  const bool owed = transport_.owes_end();
  const auto size = transport_.receive(buffer.data(), buffer.size());
  if (size > 0) shared_.books.tally.extra_bytes += static_cast<std::size_t>(size);
  if ((size < 0 && size != -EAGAIN) || transport_.has_fin())
    return end(static_cast<int>(-std::min<ssize_t>(size, 0)));
  if (!transport_.owes_end()) return;
  const auto now = Clock::now();
  if (!owed) moment_ = now + patience_before_answer;
  if (now >= moment_) transport_.answer_end();
}

// A kept connection begins its next request now.
void Connection::responded(Moment now) {
  if (is_stray_timeout()) return replace(0);
  follow();
  answered(ledger_.responded(http_.status(), http_.body_bytes(), now));
  ++served_;
  TargetTally& target = of_target();
  ++target.responses;
  target.answering += now - ledger_.begun();
  if (!http_.leniences().empty()) count(http_.leniences());
  if (http_.may_go_on(transport_)) return next(now);
  Tally& tally = shared_.books.tally;
  tally.extra_bytes += http_.extra_bytes();
  if (http_.extra_bytes() > 0 && !http_.ends_here()) ++tally.ended_by_stray_bytes;
  deadline_ = now + patience_for_fin;
  moment_ = now + patience_before_answer;
  state_ = State::ending;
  if (!is_server_to_close() && !ends_first()) return end(0);
  ledger_.awaits_close(now);
}

}  // namespace tws::load
