#include "worker.hpp"

#include "tws/system/process.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <array>

namespace tws::load {
namespace {

// Room for what the reader could not use and as much again.
constexpr std::size_t buffer_size = 2 * most_head_bytes;
// Time-outs are noticed late by a tenth of their length at most, down to a millisecond.
constexpr int sweeps_per_timeout = 10;
constexpr std::chrono::milliseconds shortest_sweep_interval{1};

// RFC 9110 9.2.2
bool is_idempotent(std::string_view method) {
  constexpr std::array<std::string_view, 6> methods{"GET",   "HEAD", "OPTIONS",
                                                    "TRACE", "PUT",  "DELETE"};
  return std::find(methods.begin(), methods.end(), method) != methods.end();
}

}  // namespace

bool is_reset(const error_code& error) {
  return error == asio::error::connection_reset || error == asio::error::broken_pipe;
}

Worker::Worker(const Job& job, std::uint32_t first, std::uint32_t step, std::uint64_t requests,
               std::function<void(Tick)> on_tick)
    : job_(job),
      to_head_(job.plan.method == "HEAD"),
      repeatable_(is_idempotent(job.plan.method)),
      on_tick_(std::move(on_tick)),
      remaining_(requests),
      next_attempt_(first),
      buffer_(buffer_size) {
  if (job.plan.ports == PortChoice::rotate)
    own_ports_.emplace(job.own_ports, job.reserved, job.sources, first, step);
  if (job.plan.rate) pacer_.emplace(*job.plan.rate, first, step);
  for (std::uint64_t number = first; number < job.plan.connections; number += step)
    connections_.emplace_back(loop_, last_response_);
}

void Worker::run(Clock::time_point start) {
  start_ = start;
  use_own_descriptors();
  running_ = connections_.size();
  for (auto& connection : connections_) {
    connection.since = start_;
    if (pacer_) connection.phase = Phase::idle;
    drive(connection);
  }
  auto next_tick = start_ + sample_interval;
  const auto patience = std::min(job_.plan.timeout, job_.plan.connect_timeout);
  const auto sweep_interval = std::clamp<std::chrono::nanoseconds>(
      patience / sweeps_per_timeout, shortest_sweep_interval, sample_interval);
  const auto deadline =
      job_.plan.duration ? start_ + *job_.plan.duration : Clock::time_point::max();
  auto now = Clock::now();
  while (running_ > 0) {
    const auto until = std::min({next_tick, deadline, now + sweep_interval});
    loop_.run_until(until);
    now = Clock::now();
    tally_.longest_standstill = std::max(tally_.longest_standstill, now - until);
    if (now >= deadline || stop_asked_) {
      finish(now);
      break;
    }
    sweep(now);
    if (now >= next_tick) {
      hand_over_tick(now);
      next_tick = std::max(next_tick + sample_interval, now);
    }
  }
  if (!stopping_) ended_at_ = now;
  hand_over_tick(ended_at_);
  cpu_seconds_ = thread_cpu_seconds();
}

void Worker::account_until(Clock::time_point end) {
  for (const auto& c : connections_) tally_.time_in_phase[index(Phase::idle)] += end - c.since;
}

void Worker::stop() {
  stop_asked_ = true;
  loop_.wake();
}

bool Worker::take_request(Connection& c) {
  if (stopping_ || remaining_ == 0) return false;
  --remaining_;
  if (pacer_) c.due = start_ + pacer_->due(taken_);
  ++taken_;
  return true;
}

void Worker::enter(Connection& c, Phase phase, Clock::time_point now) {
  tally_.time_in_phase[index(c.phase)] += now - c.since;
  c.phase = phase;
  c.since = now;
}

// Time-outs: a wait beyond its deadline is ended, and its coroutine sees why.
void Worker::sweep(Clock::time_point now) {
  for (auto& c : connections_) {
    if (now < c.deadline || !c.running) continue;
    c.expired = true;
    c.socket.wake();
  }
}

void Worker::hand_over_tick(Clock::time_point now) {
  const auto failed = total(tally_.attempts_failed);
  const auto errors = failed + total(tally_.requests_failed) + tally_.latency_of_refused.count();
  const auto attempts = tally_.attempts_connected + failed;
  tick_.attempts = attempts - std::exchange(handed_over_.attempts, attempts);
  tick_.connected =
      tally_.attempts_connected - std::exchange(handed_over_.connected, tally_.attempts_connected);
  tick_.errors = errors - std::exchange(handed_over_.errors, errors);
  on_tick_(std::exchange(tick_, {}));
  tick_.from = now - start_;
}

// The end of the run: what is under way is put down as it stands, then every wait is ended.
void Worker::finish(Clock::time_point now) {
  stopping_ = true;
  ended_at_ = now;
  if (pacer_) count_never_begun(now);
  for (auto& c : connections_) {
    if (!c.running) continue;
    enter(c, c.phase, now);
    if (c.busy) {
      const auto from = c.phase == Phase::backoff ? c.failing_since : c.begin;
      tally_.in_flight.push_back({c.phase, now - from});
      count_partial_body(c);
    }
    c.socket.wake();
  }
}

// Those that connections were just about to begin, and those that none has taken.
void Worker::count_never_begun(Clock::time_point now) {
  auto oldest = now;
  for (const auto& c : connections_) {
    if (!c.running || c.phase != Phase::idle || c.due > now) continue;
    ++tally_.never_begun;
    oldest = std::min(oldest, c.due);
  }
  const auto due = pacer_->due_by(now - start_);
  if (due > taken_ && remaining_ > 0) {
    tally_.never_begun += std::min(due - taken_, remaining_);
    oldest = std::min(oldest, start_ + pacer_->due(taken_));
  }
  tally_.oldest_never_begun = now - oldest;
}

}  // namespace tws::load
