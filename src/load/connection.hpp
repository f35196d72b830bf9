// One connection of the load: attempt, request, response, and again. After each event that it
// waited for, it does as much as possible and then names the next event. Its coroutine (see
// worker.cpp) only waits.
#pragma once

#include "io/transport.hpp"
#include "load/dialer.hpp"
#include "load/http1.hpp"
#include "load/job.hpp"
#include "load/schedule.hpp"
#include "load/tls_client.hpp"
#include "load/turns.hpp"
#include "measure/ledger.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tws::load {

// Shared by the connections of one worker.
struct Shared {
  Shared(const Job& of, std::uint32_t first, std::uint32_t step, std::uint64_t requests);

  const Job& job;
  // The stages of their number; empty where it is the same all the time.
  const std::vector<Stage> connections;
  Books books;
  Schedule schedule;
  Dialer dialer;
  Turns turns;
  TlsClient tls;
  LastResponse last_response;
  std::vector<char> buffer;
  std::string body_buffer;  // for requests with placeholders

  // With room for what comes.
  Tally empty_tally() const;
};

// Empty counters for each URL; none if there is only one.
std::vector<UrlTally> url_tallies(const Job& job);

// Whether an errno means that the peer has reset the connection.
bool is_reset(int error);

class Connection {
 public:
  // `number`: its place among all connections of the run.
  Connection(Shared& shared, io::Loop& loop, std::uint32_t number = 0);

  enum class Awaits : std::uint8_t { nothing, bytes, room, bytes_or_room, bytes_or_moment, moment };

  // To be called when the run begins.
  void begin();
  Awaits awaits() const;
  Moment moment() const { return moment_; }  // valid if it waits for one
  // The event came, or the wait ended with an errno or by expire().
  void go_on(int error);

  bool is_over() const { return state_ == State::over; }
  io::Socket& socket() { return transport_.socket(); }

  // Whether its wait has taken too long and must be ended.
  bool expires(Moment now);
  // A part of the run ends: see Ledger::turn().
  void turn(Tally& next, Moment now) {
    if (state_ != State::away) ledger_.turn(next, now);
  }
  // The run ends: records a request in flight.
  void finish(Moment now) {
    if (state_ != State::away) ledger_.finish(http_.body_bytes(), now);
  }
  // ... and closes an open connection.
  void close_at_once();
  // The connection was idle from its last request until `end`.
  void account_until(Moment end) {
    if (state_ != State::away) ledger_.rest(end);
  }

 private:
  enum class State : std::uint8_t {
    waiting,  // until its request is due
    connecting,
    tunnelling,   // asking the proxy for a tunnel
    handshaking,  // TLS
    sending,      // sending the request; a response may come before its end
    receiving,    // receiving the response
    ending,       // the response is complete, and the server is to close
    pausing,      // after a failure
    away,         // the plan asks for fewer connections now
    over,         // no request is left
  };

  void join(Moment now);
  void leave(Moment now);
  void next(Moment now);
  void begin_request(Moment now, bool waited);
  void choose(const Target& target);
  void start(bool last);
  void answered(std::chrono::nanoseconds latency);
  void unanswered();
  std::unique_ptr<Ask> hop() const;
  void follow();
  void choose_hop();
  const Target* only_target() const;
  void tunnel();
  void attempt();
  void finish_attempt();
  void connected(Moment now);
  void begin_handshake(Moment now);
  void go_on_with_handshake(int error);
  void send_first(Moment now);
  void send();
  void look_for_answer(int error);
  bool receive();
  void receive_end();
  void fail_to_read(const Http1::Received& received);
  void count(Leniences leniences);
  void responded(Moment now);
  void sent();
  void end(int error);

  void fail(const FailureKind& kind);
  void pause();
  void replace(int error);
  std::optional<int> end_of_idle();
  bool is_race() const;
  bool is_stale(const FailureKind& kind) const;
  bool is_stray_end();
  bool is_stray_timeout() const;
  FailureKind kind(int error) const;
  FailureKind kind(Cause cause) const { return {ledger_.phase(), cause}; }

  std::size_t target_index() const;
  TargetTally& of_target() const;
  bool meets_itself() const;
  bool is_server_to_close() const;
  bool ends_first();
  Closer closer_at_end(int error);
  Closer closer_so_far();
  Closer closer_after_failure(int error) const;
  void close(Closer closer);

  // Members that every request needs come first, so that they share few cache lines.
  Shared& shared_;
  io::Transport transport_;
  State state_ = State::waiting;
  bool expired_ = false;      // the deadline has passed and the wait was ended
  bool established_ = false;  // connected, and its end is not counted yet
  const Target* target_ = nullptr;
  const Ask* ask_ = nullptr;          // of the request that has neither a response nor a failure
  std::uint64_t request_number_ = 0;  // its own, see Turns
  std::uint64_t served_ = 0;          // responses on this connection
  std::optional<Moment> deadline_;    // of the current wait
  Moment moment_;
  Moment leaves_ = io::never;  // the plan asks for fewer connections then
  Ledger ledger_;
  Http1 http_;
  std::unique_ptr<Request> filled_;      // with placeholders: the request as it is sent
  std::unique_ptr<Ask> hop_, next_hop_;  // after a redirect: this request, or the next one
  std::uint64_t hops_ = 0;               // of this request
  std::uint32_t number_;
};

}  // namespace tws::load
