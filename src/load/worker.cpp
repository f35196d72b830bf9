#include "load/worker.hpp"

#include "system/process.hpp"

#include <algorithm>
#include <utility>

namespace tws::load {
namespace {

// Time-outs are noticed late by a tenth of their length at most, or by a millisecond if that is
// longer.
constexpr int sweeps_per_timeout = 10;
constexpr std::chrono::milliseconds shortest_sweep_interval{1};

}  // namespace

Worker::Worker(const Job& job, std::uint32_t first, std::uint32_t step, std::uint64_t requests,
               std::function<void(Tick)> on_tick)
    : job_(job), on_tick_(std::move(on_tick)), shared_(job, first, step, requests) {
  for (std::uint64_t number = first; number < job.plan.connections; number += step)
    connections_.emplace_back(shared_, loop_, static_cast<std::uint32_t>(number));
}

// Waits for the connection's next event and lets it continue, until it has no more to do.
io::Spawned Worker::drive(Connection& connection) {
  connection.begin();
  io::Socket& socket = connection.socket();
  while (!connection.is_over() && !stopping_) {
    int error = 0;
    switch (connection.awaits()) {
      case Connection::Awaits::bytes:
        error = co_await socket.readable();
        break;
      case Connection::Awaits::room:
        error = co_await socket.writable();
        break;
      case Connection::Awaits::bytes_or_room:
        error = co_await socket.wait(io::Event::bytes | io::Event::room);
        break;
      case Connection::Awaits::bytes_or_moment:
        error = co_await socket.wait(io::Event::bytes, connection.moment());
        break;
      case Connection::Awaits::moment:
        error = co_await socket.until(connection.moment());
        break;
      case Connection::Awaits::nothing:
        break;
    }
    if (!stopping_) connection.go_on(error);
  }
  connection.close_at_once();
  if (--running_ == 0) loop_.interrupt();
}

void Worker::run(Clock::time_point start) {
  start_ = start;
  use_own_descriptors();
  shared_.books.load_start = start;
  shared_.books.start = start + job_.plan.warm_up;
  shared_.books.tick.from = -job_.plan.warm_up;
  waited_seconds_ = thread_waited_seconds();
  cpu_seconds_ = thread_cpu_seconds();
  running_ = connections_.size();
  for (auto& connection : connections_) drive(connection);
  auto next_tick = start_ + sample_interval;
  const auto patience = std::min(job_.plan.timeout, job_.plan.connect_timeout);
  const auto sweep_interval = std::clamp<std::chrono::nanoseconds>(
      patience / sweeps_per_timeout, shortest_sweep_interval, sample_interval);
  const auto deadline = job_.plan.duration ? start_ + job_.plan.warm_up + *job_.plan.duration
                                           : Clock::time_point::max();
  const auto turns = turns_of(job_.plan);
  std::size_t turned = 0;
  auto now = Clock::now();
  while (running_ > 0) {
    const auto next_turn =
        turned < turns.size() ? start_ + turns[turned] : Clock::time_point::max();
    const auto until = std::min({next_tick, next_turn, deadline, now + sweep_interval});
    loop_.run_until(until);
    now = Clock::now();
    auto& standstill = shared_.books.tally.longest_standstill;
    standstill = std::max(standstill, now - until);
    if (now >= deadline || stop_asked_) {
      finish(now);
      break;
    }
    sweep(now);
    if (now >= next_turn) {
      turn(now);
      ++turned;
    }
    if (now >= next_tick) {
      hand_over_tick(now);
      next_tick = std::max(next_tick + sample_interval, now);
    }
  }
  if (!stopping_) ended_at_ = now;
  hand_over_tick(ended_at_);
  end_part(Tally());
}

void Worker::stop() {
  stop_asked_ = true;
  loop_.wake();
}

// Time-outs: ends each wait whose deadline has passed; its connection sees the reason.
void Worker::sweep(Clock::time_point now) {
  for (auto& connection : connections_)
    if (connection.expires(now)) connection.socket().wake();
}

void Worker::hand_over_tick(Clock::time_point now) {
  on_tick_(std::exchange(shared_.books.tick, {}));
  shared_.books.tick.from = now - shared_.books.start;
}

// A part of the run ends, and the next one begins with what is under way.
void Worker::turn(Clock::time_point now) {
  hand_over_tick(now);
  Tally next = shared_.empty_tally();
  next.peak_open = shared_.books.open;
  shared_.schedule.finish(shared_.books, now);
  for (auto& connection : connections_) connection.turn(next, now);
  end_part(std::move(next));
}

// To be called on the worker's thread.
void Worker::end_part(Tally next) {
  const double cpu = thread_cpu_seconds();
  const auto waited = thread_waited_seconds();
  Part part{std::exchange(shared_.books.tally, std::move(next)), cpu - cpu_seconds_, {}};
  if (waited && waited_seconds_) part.waited_seconds = *waited - *waited_seconds_;
  cpu_seconds_ = cpu;
  waited_seconds_ = waited;
  parts_.push_back(std::move(part));
}

// The end of the run: records requests in flight, then ends every wait.
void Worker::finish(Clock::time_point now) {
  stopping_ = true;
  ended_at_ = now;
  shared_.schedule.finish(shared_.books, now);
  for (auto& connection : connections_) {
    connection.finish(now);
    connection.socket().wake();
  }
}

void Worker::account_until(Clock::time_point end) {
  for (auto& connection : connections_) connection.account_until(end);
  parts_.back().tally.merge(shared_.books.tally);
}

}  // namespace tws::load
