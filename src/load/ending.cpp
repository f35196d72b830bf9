// How connections, attempts and requests end, except for a response on a kept connection.
#include "load/connection.hpp"

#include <cerrno>
#include <string>
#include <string_view>

namespace tws::load {
namespace {

using namespace std::chrono_literals;

constexpr auto moment_of_a_race = 1ms;

bool are_empty_lines(std::string_view bytes) {
  return bytes.find_first_not_of("\r\n") == bytes.npos;
}

Cause cause_of(ResponseFault fault) {
  if (fault == ResponseFault::truncated) return Cause::truncated;
  return fault == ResponseFault::head_too_large ? Cause::head_too_large : Cause::protocol;
}

}  // namespace

bool is_reset(int error) {
  return error == ECONNRESET || error == EPIPE;
}

void Connection::fail(const FailureKind& kind) {
  const auto now = Clock::now();
  if (!established_) {
    ledger_.attempt_failed(kind, now);
    ++of_target().failed;
    transport_.close();
    return pause();
  }
  if (is_stale(kind)) return replace(kind.error);
  if (kind.cause == Cause::tls && shared_.books.tally.tls_words.empty())
    shared_.books.tally.tls_words = transport_.tls().fault_words();
  if (transport_.has_ended() && ledger_.phase() != Phase::read && kind.cause != Cause::timeout &&
      kind.cause != Cause::tls)
    ledger_.request_failed({kind.phase, Cause::closed}, 0, now);  // a FIN before the response
  else
    ledger_.request_failed(kind, http_.body_bytes(), now);
  unanswered();
  close(closer_after_failure(kind.error));
  pause();
}

void Connection::fail_to_read(const Http1::Received& received) {
  const auto cause = cause_of(received.fault);
  if (cause != Cause::protocol) return fail(kind(cause));
  if (received.fault == ResponseFault::status_line && is_stray_end()) return replace(0);
  shared_.books.tally.add_unreadable({std::string(words(received.fault)), target_index(), 1,
                                      std::string(received.wrong.substr(0, most_unreadable))});
  fail(kind(cause));
}

// Sends the request again on a new connection.
void Connection::replace(int error) {
  ledger_.stale();
  close(closer_after_failure(error));
  attempt();
}

// Before a request on a kept connection on which something has come since the last response:
// nothing if the request may go out on it, else an errno, or 0 without one. Bytes that come while
// no request is out belong to none (RFC 9112 9.2); empty lines may be discarded.
std::optional<int> Connection::end_of_idle() {
  auto& buffer = shared_.buffer;
  const auto size = transport_.receive(buffer.data(), buffer.size());
  if (size == -EAGAIN) return {};
  if (size <= 0) return static_cast<int>(-size);
  const std::string_view bytes(buffer.data(), static_cast<std::size_t>(size));
  if (!are_empty_lines(bytes)) {
    shared_.books.tally.extra_bytes += bytes.size();
    ++shared_.books.tally.ended_by_stray_bytes;
    char byte;
    transport_.receive(&byte, 1);  // who ends the connection: the FIN may have come with the bytes
    return 0;
  }
  if (shared_.job.plan.strict_http || transport_.socket().has_bytes()) return 0;
  Leniences forgiven;
  forgiven.add(Lenience::empty_line);
  count(forgiven);
  return {};
}

void Connection::pause() {
  const auto now = Clock::now();
  deadline_.reset();
  moment_ = now + ledger_.pause(now);
  state_ = State::pausing;
}

// For a request on a kept connection that the server ends: whether the end was on its way before
// the request reached the server. Such a race is normal, so the request may be sent again (RFC 9112
// 9.3.1). If the end comes within a millisecond after an acknowledged request, the server probably
// closed at that moment and did not fail because of the request. That is safe enough for a method
// that may be repeated (RFC 9110 9.2.2).
bool Connection::is_race() const {
  return http_.is_surely_unread(transport_) ||
         (ask_->repeatable && (http_.is_partly_unread(transport_) ||
                               Clock::now() - ledger_.begun() < moment_of_a_race));
}

bool Connection::is_stale(const FailureKind& kind) const {
  if (served_ == 0 || ledger_.phase() == Phase::read || kind.cause == Cause::timeout) return false;
  return (transport_.has_ended() || is_reset(kind.error)) && is_race();
}

// Whether the bytes of such an end are no response: what was left of the one before them, say.
bool Connection::is_stray_end() {
  if (served_ == 0) return false;
  char byte;
  return transport_.receive(&byte, 1) == 0 && is_race();
}

// Whether the response is a 408 to the silence before the request (RFC 9110 15.5.9).
bool Connection::is_stray_timeout() const {
  return http_.status() == 408 && served_ > 0 && !http_.says_keep_alive() && is_race();
}

bool Connection::is_server_to_close() const {
  return shared_.job.plan.close_by == CloseBy::server && !transport_.has_fin() &&
         http_.has_sent_all() &&  // otherwise the server may wait for the rest of the request
         http_.ends_here();
}

// Whether it has, and waits for the server's end. With TLS the server answers an end with its own
// close_notify. If the socket was closed by then, the kernel would answer with a RST and forget the
// TIME_WAIT that --close-by client is about.
bool Connection::ends_first() {
  return transport_.is_secure() && shared_.job.plan.close_by == CloseBy::client &&
         !transport_.has_ended() && transport_.send_end() == 0;
}

// After the last response of a connection: the server's FIN, an error, or a time-out.
void Connection::end(int error) {
  close(closer_at_end(error));
  next(Clock::now());
}

Closer Connection::closer_at_end(int error) {
  const CloseBy close_by = shared_.job.plan.close_by;
  if (transport_.has_ended_first()) return is_reset(error) ? Closer::reset : Closer::client;
  if (transport_.has_fin()) return Closer::server;
  if (close_by == CloseBy::reset || is_reset(error)) return Closer::reset;
  if (!http_.has_sent_all() || (close_by == CloseBy::client && !http_.says_keep_alive()))
    return closer_so_far();
  if (expired_) ++shared_.books.tally.server_kept_open;
  return Closer::client;
}

// Which side closed first, as far as known now.
Closer Connection::closer_so_far() {
  const auto size = transport_.receive(shared_.buffer.data(), 1);
  if (size == 0) return Closer::server;
  return size < 0 && is_reset(static_cast<int>(-size)) ? Closer::reset : Closer::client;
}

// Which side ended a connection before its planned end.
Closer Connection::closer_after_failure(int error) const {
  if (transport_.has_ended()) return Closer::server;
  if (is_reset(error) || shared_.job.plan.close_by == CloseBy::reset || transport_.has_unread())
    return Closer::reset;
  return Closer::client;
}

void Connection::close(Closer closer) {
  if (closer == Closer::reset) transport_.reset_at_close();
  transport_.close();
  established_ = false;
  ledger_.closed(closer);
}

void Connection::close_at_once() {
  if (established_)
    close(closer_after_failure(0));
  else
    transport_.close();
}

}  // namespace tws::load
