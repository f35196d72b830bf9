#include "worker.hpp"

#include "session.hpp"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <utility>

namespace tws::server {

namespace {

// How often deadlines are looked at and the Date is renewed.
constexpr auto tick_interval = std::chrono::milliseconds{500};

// Out of descriptors or memory: what has to end first, ends in its own time.
constexpr auto accept_pause = std::chrono::milliseconds{50};

// accept(2): these are about the one connection that is already gone.
bool is_of_one_connection(error_code ec) {
  return ec.value() == ECONNABORTED || ec.value() == EPROTO || ec.value() == EINTR;
}

// An exception (out of memory) ends its connection, not the server.
struct CountUncaught {
  ServerTotals& totals;
  void operator()(std::exception_ptr exception) const {
    if (exception) ++totals.uncaught;
  }
};

Task<> accept_all(Acceptor& acceptor, Worker& worker) {
  const CountUncaught count_uncaught{worker.totals};
  Timer pause(worker.context);
  while (acceptor.is_open()) {
    auto accepted = co_await acceptor.async_accept(as_result);
    auto& [ec, socket] = accepted;
    if (ec) {
      if (!acceptor.is_open() || is_of_one_connection(ec)) continue;
      ++worker.totals.accept_errors;
      pause.expires_after(accept_pause);
      co_await pause.async_wait(as_result);
      continue;
    }
    try {
      if (worker.options.mode == ServerMode::sequential)
        co_await serve(std::move(socket), worker);
      else
        asio::co_spawn(acceptor.get_executor(), serve(std::move(socket), worker), count_uncaught);
    } catch (...) {
      count_uncaught(std::current_exception());
    }
  }
}

void abort(Connection& connection) {
  error_code ignored;
  connection.aborted = true;
  connection.socket.close(ignored);
  connection.timer.cancel();
}

void renew_date(Worker& worker) {
  worker.date = http_date(std::chrono::system_clock::now());
  worker.fixed_reply.set_date(worker.date);
}

// Instead of a timer per connection.
Task<> tick(Worker& worker) {
  while (!worker.draining || !worker.connections.empty()) {
    renew_date(worker);
    const auto now = Clock::now();
    for (Connection& connection : worker.connections)
      if (std::min(connection.deadline, worker.drain_end) <= now) abort(connection);
    const auto next = now + tick_interval;
    worker.tick_timer.expires_at(worker.drain_end > now ? std::min(next, worker.drain_end) : next);
    co_await worker.tick_timer.async_wait(as_result);
  }
}

}  // namespace

Connection::Connection(Socket accepted, Worker& of)
    : worker(of), socket(std::move(accepted)), timer(of.context) {
  error_code ignored;
  socket.non_blocking(true, ignored);
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
  if (worker.draining && worker.connections.empty()) worker.tick_timer.cancel();
}

Worker::Worker(const ServerOptions& server_options)
    : options(server_options), fixed_reply(server_options) {
  renew_date(*this);
}

void run(Worker& worker) {
  for (Acceptor& acceptor : worker.acceptors)
    asio::co_spawn(worker.context, accept_all(acceptor, worker), CountUncaught{worker.totals});
  asio::co_spawn(worker.context, tick(worker), CountUncaught{worker.totals});
  worker.context.run();
}

void drain(Worker& worker) {
  if (worker.draining) return;
  worker.draining = true;
  worker.drain_end = Clock::now() + worker.options.drain;
  error_code ignored;
  for (Acceptor& acceptor : worker.acceptors)
    acceptor.close(ignored);
  for (Connection& connection : worker.connections)
    if (connection.idle) connection.socket.cancel(ignored);
  worker.tick_timer.cancel();
}

}  // namespace tws::server
