// The numbers that findings are made of, each worked out once from the run.
#pragma once

#include "diagnose/trend.hpp"
#include "tws/measure/facts.hpp"
#include "tws/measure/run.hpp"
#include "tws/model/budget.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tws::diagnosis {

inline constexpr double shortest_run = 0.5;  // seconds; CPU times come in steps of 10 ms

struct Facts {
  const Run& run;
  LimitSources sources;
  Demand demand{};
  Budget budget{};
  bool linux = false, macos = false;
  bool on_loopback = false;    // every target is in 127.0.0.0/8 or ::1
  bool reuse_applies = false;  // tcp_tw_reuse lets TIME_WAIT towards every target be used again

  double seconds = 0;
  double connection_seconds = 0;
  std::uint64_t due = 0;      // requests until the end, of a plan with a rate
  std::uint64_t late = 0;     // of these: no connection was free when they were due
  bool rate_is_kept = false;  // nearly all of them were begun in time and succeeded, if they ended
  // Nearly all were begun in time, but the latency grew all the while; then the rate is not kept.
  std::optional<Trend> growing_latency{};
  std::uint64_t attempts_failed = 0;

  // Did the load get through? Of what was asked, all that left hammer: `failures` are failed
  // requests, and failed attempts of which the server can know; `stuck` are connections that had
  // waited for half of the run when it ended, and far longer than any response took.
  std::uint64_t failures = 0, refusals = 0, stuck = 0;
  std::vector<std::string> dead_targets{};  // nothing ever connected to them
  double slowest_response = 0;              // seconds, of any status
  double share_got_through = 1;             // successes of the requests that ended, or are stuck
  std::optional<double> last_success{};     // seconds after the start, to a sample; nothing: none
  double attempt_rate = 0;                  // connected attempts per second
  double response_rate = 0;
  double best_rate = 0;  // responses per second in the best sample
  std::uint64_t time_wait_client = 0, time_wait_server = 0;  // at the end
  // Tuples that the client held towards the targets, at most, and at the end; a port each with one
  // source address and one target.
  std::uint64_t ports_held = 0, still_held = 0;
  double share_connect = 0, share_backoff = 0, share_wait = 0;  // of connection-seconds
  double share_connect_call = 0;  // of the workers' time, inside connect() itself
  double mean_connect_call = 0;   // seconds
  // Of the kernel's search, for the look at one port; nothing where it does not show.
  std::optional<double> search_cost{};
  // Of the server's answers, in seconds: with a rate without the time that they waited for a
  // connection. Of any status where none succeeded.
  double mean_latency = 0, fastest_latency = 0;
  // The busiest thread of the processes that listen on the target; nothing where unknown.
  const ProcessCpu* server = nullptr;
  const ServerSide* told = nullptr;  // by the server itself, if it was asked
  bool server_is_elsewhere = false;  // as it told: its CPU is not this machine's

  // By --prove: the trial with twice the connections, with half of them, with one.
  const Trial *twice = nullptr, *half = nullptr, *one = nullptr;
  const Trial* twice_failed = nullptr;  // that with twice the connections, if much of it failed
  bool changed = false;                 // the trials contradict the run: they settle nothing
  // With them: the rate follows the number of connections, or stays as it is.
  bool rate_follows = false, rate_stays = false;
  bool rate_falls = false;  // it stays, and is less with more of them, or more with fewer

  std::optional<WhilePortsLasted> while_ports_lasted{};
  // Connections that the run would have opened had there been ports without end and no search for
  // them; nothing where nothing shows how fast it could.
  std::optional<std::uint64_t> connections_wanted{};
  // Share of the time that hammer's busiest thread had work while it could open connections, at
  // most: what failing calls of connect() took is left out.
  double client_load = 0;
  // The search for ports took enough of that time for latencies to show it.
  bool search_shows = false;

  std::uint64_t failed(const FailureKind& kind) const;
  double first_failed(const FailureKind& kind) const;  // seconds after the start
  std::int64_t counter(const std::string& name) const;
  // Where the server is, if it told; else here.
  std::int64_t server_counter(const std::string& name) const;
  double share_in(Phase phase) const;
  // So many attempts that failed for want of something held the run up: its connections paused, or
  // requests that the plan's rate asked for were lost.
  bool held_up_by(std::uint64_t failed_attempts) const;
};

Facts facts_of(const Run& run);

// "127.0.0.1:3779, 127.0.0.1:3780"
std::string targets_of(const Run& run);
// "37%"
std::string percent(double share);
// "1.93 cores"
std::string cores(double number);
// "2,910"
std::string rounded(double value);
// "95,000": two digits of a number that is an estimate
std::string roughly(std::uint64_t count);

}  // namespace tws::diagnosis
