// One thread of the load: its own loop, its own tally, its share of the connections.
#pragma once

#include "tws/io/coroutine.hpp"
#include "tws/io/loop.hpp"
#include "tws/load/job.hpp"
#include "tws/load/response.hpp"
#include "tws/load/source_ports.hpp"
#include "tws/measure/pacer.hpp"
#include "tws/measure/tally.hpp"
#include "tws/measure/timeline.hpp"
#include "tws/support/asio.hpp"

#include <atomic>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tws::load {

struct Connection {
  Connection(io::Loop& loop, LastResponse& last) : socket(loop), reader(last) {}
  bool sent_all() const { return sent == request->size(); }

  // What every request needs comes first: it should lie in few lines of the processor's cache.
  io::Socket socket;
  const Target* target = nullptr;
  const std::string* request = nullptr;  // the target's `kept` or `last`
  std::size_t sent = 0;                  // bytes of it
  error_code failure;                    // of the request or the attempt
  bool established = false;              // connected, and the end is yet to be counted
  bool ended = false;                    // the server's FIN has been read
  std::uint64_t served = 0;              // responses on this connection

  bool running = true;  // until its coroutine ends
  bool busy = false;    // a request is under way, or attempts for one
  Phase phase = Phase::connect;
  Clock::time_point since;                           // when it entered the phase
  Clock::time_point due = Clock::time_point::max();  // the request; with a rate only
  Clock::time_point begin;                           // of its latency: see Tally::latency
  Clock::time_point begun;  // of its write, or of the attempt that it needs
  Clock::time_point deadline = Clock::time_point::max();  // for what it waits for
  bool expired = false;              // the deadline has passed, and the wait was cancelled
  std::chrono::nanoseconds pause{};  // the last one, growing while nothing succeeds
  std::vector<char> left;            // received bytes that the reader has not used yet
  ResponseReader reader;
  Clock::time_point failing_since;  // meaningful while `pause` is not 0
};

bool is_reset(const error_code& error);

class Worker {
 public:
  // Takes the plan's connections number `first`, `first + step`, ..., and `requests` of its
  // requests. `on_tick` is called ten times a second, on the worker's thread.
  Worker(const Job& job, std::uint32_t first, std::uint32_t step, std::uint64_t requests,
         std::function<void(Tick)> on_tick);

  // Runs until the deadline, the last request or stop(): the thread's whole life. Times count from
  // `start`.
  void run(Clock::time_point start);
  // Ends the run now. From any thread.
  void stop();

  // After run(): the run ended at `end`, when the last worker had done its part.
  void account_until(Clock::time_point end);

  // To be read after run().
  const Tally& tally() const { return tally_; }
  Clock::time_point ended_at() const { return ended_at_; }
  double cpu_seconds() const { return cpu_seconds_; }

 private:
  // connection.cpp: the life of a connection, one coroutine each.
  io::Spawned drive(Connection& c);
  bool goes_on(Connection& c, int error);
  void begin_request(Connection& c);
  bool is_late(Connection& c);
  void begin_attempt(Connection& c);
  void finish_attempt(Connection& c);
  int dial(const Target& target, std::uint64_t number);
  void connected(Connection& c, Clock::time_point now);
  void send_first(Connection& c, Clock::time_point now);
  void send_some(Connection& c);
  void look_for_answer(Connection& c);
  void receive(Connection& c);
  void responded(Connection& c, Clock::time_point now);

  // ending.cpp: failures, pauses and the end of a connection.
  bool is_stale(Connection& c);
  static bool is_surely_unread(const Connection& c);
  static bool is_probably_unread(const Connection& c);
  void attempt_failed(Connection& c);
  void request_failed(Connection& c);
  void count_partial_body(const Connection& c);
  void count(Failures& failures, const std::string& kind);
  Clock::time_point end_of_pause(Connection& c);
  bool is_server_to_close(const Connection& c) const;
  void receive_end(Connection& c);
  enum class Closer { client, server, reset };
  Closer closer_at_end(Connection& c);
  Closer closer_so_far(Connection& c);
  Closer closer_after_failure(Connection& c);
  void close(Connection& c, Closer closer);

  // worker.cpp: the passing of time.
  bool take_request(Connection& c);
  void enter(Connection& c, Phase phase, Clock::time_point now);
  void sweep(Clock::time_point now);
  void hand_over_tick(Clock::time_point now);
  void finish(Clock::time_point now);
  void count_never_begun(Clock::time_point now);

  const Job& job_;
  const bool to_head_;     // the method is HEAD
  const bool repeatable_;  // the method is idempotent
  const std::function<void(Tick)> on_tick_;

  Clock::time_point start_;
  io::Loop loop_;
  std::atomic<bool> stop_asked_ = false;
  LastResponse last_response_;
  std::deque<Connection> connections_;
  std::size_t running_ = 0;  // coroutines that have not ended
  bool stopping_ = false;
  std::uint64_t remaining_;  // requests yet to be taken
  std::uint64_t taken_ = 0;
  std::optional<Pacer> pacer_;            // with a rate
  std::optional<SourcePorts> own_ports_;  // --ports rotate
  // Picks target and source, so that each worker comes to all of them; workers begin at different
  // ones.
  std::uint64_t next_attempt_;
  std::uint64_t open_now_ = 0;
  std::vector<char> buffer_;  // what all connections read into, one after the other

  Tally tally_;
  Tick tick_;
  struct {
    std::uint64_t attempts = 0, connected = 0, errors = 0;
  } handed_over_;
  Clock::time_point ended_at_;
  double cpu_seconds_ = 0;
};

}  // namespace tws::load
