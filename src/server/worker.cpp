#include "worker.hpp"

#include "session.hpp"

#include <algorithm>
#include <cerrno>

namespace tws::server {

namespace {

// How often deadlines are looked at and the Date is renewed.
constexpr auto tick_interval = std::chrono::milliseconds{500};

// Out of descriptors or memory: what has to end first, ends in its own time.
constexpr auto accept_pause = std::chrono::milliseconds{50};

// accept(2): these are about the one connection that is already gone.
bool is_of_one_connection(int error) {
  return error == ECONNABORTED || error == EPROTO;
}

// An exception (out of memory) ends its connection, not the server.
io::Spawned serve_apart(int descriptor, Worker& worker) {
  try {
    co_await serve(descriptor, worker);
  } catch (...) {
    ++worker.totals.uncaught;
  }
}

io::Spawned accept_all(io::Socket& listener, Worker& worker) {
  while (listener.is_open()) {
    int descriptor = -co_await listener.readable();
    if (!listener.is_open()) break;
    if (descriptor == 0) descriptor = listener.accept();
    if (descriptor == -EAGAIN || is_of_one_connection(-descriptor)) continue;
    if (descriptor < 0) {
      ++worker.totals.accept_errors;
      co_await listener.until(Clock::now() + accept_pause);
      continue;
    }
    try {
      if (worker.options.mode == ServerMode::sequential) co_await serve(descriptor, worker);
      else serve_apart(descriptor, worker);
    } catch (...) {
      ++worker.totals.uncaught;
    }
  }
}

void renew_date(Worker& worker) {
  worker.date = http_date(std::chrono::system_clock::now());
  worker.fixed_reply.set_date(worker.date);
}

// Makes those go on that `is_meant`. They may end, and leave the list.
template <typename Predicate>
void wake(Worker& worker, Predicate is_meant) {
  for (auto it = worker.connections.begin(); it != worker.connections.end();) {
    Connection& connection = *it++;
    if (is_meant(connection)) connection.socket.wake();
  }
}

void abort_overdue(Worker& worker, Clock::time_point now) {
  wake(worker, [&](Connection& connection) {
    connection.aborted = std::min(connection.deadline, worker.drain_end) <= now;
    return connection.aborted;
  });
}

void begin_drain(Worker& worker) {
  worker.draining = true;
  worker.drain_end = Clock::now() + worker.options.drain;
  for (io::Socket& listener : worker.listeners) {
    listener.close();
    listener.wake();
  }
  wake(worker, [](Connection& connection) { return connection.idle; });
}

}  // namespace

Connection::Connection(int descriptor, Worker& of) : worker(of), socket(of.loop) {
  socket.open(descriptor);
  socket.expect_bytes();  // most clients send as soon as they are connected
  worker.connections.push_back(*this);
  ++worker.totals.connections;
}

Connection::~Connection() {
  switch (closed_by) {
    case ClosedBy::server:
      ++worker.totals.closed_by_server;
      break;
    case ClosedBy::client:
      ++worker.totals.closed_by_client;
      break;
    case ClosedBy::reset:
      ++worker.totals.closed_by_reset;
      break;
  }
  worker.connections.erase(worker.connections.iterator_to(*this));
  if (worker.draining && worker.connections.empty()) worker.loop.interrupt();
}

Worker::Worker(const ServerOptions& server_options)
    : options(server_options), fixed_reply(server_options), buffer(max_head_size) {
  renew_date(*this);
}

void run(Worker& worker) {
  for (io::Socket& listener : worker.listeners) accept_all(listener, worker);
  while (!worker.draining || !worker.connections.empty()) {
    // One look for all deadlines, instead of a timer per connection.
    worker.loop.run_until(std::min(Clock::now() + tick_interval, worker.drain_end));
    if (worker.drain_asked && !worker.draining) begin_drain(worker);
    renew_date(worker);
    abort_overdue(worker, Clock::now());
  }
}

void drain(Worker& worker) {
  worker.drain_asked = true;
  worker.loop.wake();
}

}  // namespace tws::server
