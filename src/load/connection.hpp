// One connection of the load: attempt, request, response, and again. It is told when what it waited
// for has come, does all that can be done then, and says what it waits for next. Its coroutine (see
// worker.cpp) does nothing but wait.
#pragma once

#include "io/transport.hpp"
#include "load/dialer.hpp"
#include "load/http1.hpp"
#include "load/job.hpp"
#include "load/schedule.hpp"
#include "measure/ledger.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace tws::load {

// What the connections of one worker share.
struct Shared {
  Shared(const Job& of, std::uint32_t first, std::uint32_t step, std::uint64_t requests);

  const Job& job;
  const bool to_head;     // the method is HEAD
  const bool repeatable;  // the method is idempotent (RFC 9110 9.2.2)
  Books books;
  Schedule schedule;
  Dialer dialer;
  LastResponse last_response;
  std::vector<char> buffer;
};

// The errno of a connection that the other end has reset.
bool is_reset(int error);

class Connection {
 public:
  Connection(Shared& shared, io::Loop& loop);

  enum class Awaits : std::uint8_t { nothing, bytes, room, bytes_or_room, moment };

  // The run begins.
  void begin();
  Awaits awaits() const;
  Moment moment() const { return moment_; }  // where it awaits one
  // It came, or the wait ended with an errno, or with expire().
  void go_on(int error);

  bool is_over() const { return state_ == State::over; }
  io::Socket& socket() { return transport_.socket(); }

  // Whether its wait has taken too long, and is to be ended.
  bool expires(Moment now);
  // The run ends: what is under way is put down as it stands.
  void finish(Moment now) { ledger_.finish(http_.body_bytes(), now); }
  // ... and what is open is closed.
  void close_at_once();
  // From its last request until `end` there was nothing to do.
  void account_until(Moment end) { ledger_.rest(end); }

 private:
  enum class State : std::uint8_t {
    waiting,  // for its request to be due
    connecting,
    sending,    // the request; an answer may come before its end
    receiving,  // the response
    ending,     // answered, and the server is to close
    pausing,    // after a failure
    over,       // no request is left
  };

  void next(Moment now);
  void begin_request(Moment now, bool waited);
  void attempt();
  void finish_attempt();
  void connected(Moment now);
  void send_first(Moment now);
  void send();
  void look_for_answer(int error);
  bool receive();
  void receive_end();
  void responded(Moment now);
  void sent();
  void end(int error);

  void fail(const FailureKind& kind);
  void pause();
  bool is_stale(const FailureKind& kind) const;
  FailureKind kind(int error) const { return {ledger_.phase(), error}; }
  FailureKind kind(Cause cause) const { return {ledger_.phase(), cause}; }

  bool is_server_to_close() const;
  Closer closer_at_end(int error);
  Closer closer_so_far();
  Closer closer_after_failure(int error) const;
  void close(Closer closer);

  // What every request needs comes first: it should lie in few lines of the processor's cache.
  Shared& shared_;
  io::Transport transport_;
  State state_ = State::waiting;
  bool expired_ = false;      // the deadline has passed, and the wait was ended
  bool established_ = false;  // connected, and the end is yet to be counted
  const Target* target_ = nullptr;
  std::uint64_t served_ = 0;        // responses on this connection
  std::optional<Moment> deadline_;  // for what it waits for
  Moment moment_;
  Ledger ledger_;
  Http1 http_;
};

}  // namespace tws::load
