#include "server/worker.hpp"

#include "server/session.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace tws::server {

namespace {

// How often deadlines are checked and the Date is renewed.
constexpr auto tick_interval = std::chrono::milliseconds{500};

// The pause of accept() without free descriptors or memory, until other connections have ended.
constexpr auto accept_pause = std::chrono::milliseconds{50};

constexpr auto report_interval = std::chrono::seconds{1};

constexpr std::size_t receive_size = 16 * 1024;  // bytes read at a time

// accept(2): these errors concern one connection, which is already gone.
bool is_of_one_connection(int error) {
  return error == ECONNABORTED || error == EPROTO;
}

// An exception (out of memory) ends the connection, not the server.
io::Spawned serve_apart(Accepted accepted, Worker& worker) {
  try {
    co_await serve(std::move(accepted), worker);
  } catch (...) {
    ++worker.totals.uncaught;
  }
}

io::Spawned accept_all(io::Socket& listener, Worker& worker) {
  Clock::time_point next_report;  // long ago
  while (listener.is_open()) {
    if (worker.open == worker.most_open && worker.most_open != 0) {
      // New connections wait in the kernel's backlog.
      ++worker.totals.accept_pauses;
      co_await listener.until_woken();
      continue;
    }
    int descriptor = -co_await listener.readable();
    if (!listener.is_open()) break;
    if (descriptor == 0) descriptor = listener.accept();
    if (descriptor == -EAGAIN || is_of_one_connection(-descriptor)) continue;
    if (descriptor < 0) {
      ++worker.totals.accept_errors;
      if (const auto now = Clock::now(); worker.on_accept_error && now >= next_report) {
        worker.on_accept_error(-descriptor, worker.totals.accept_errors);
        next_report = now + report_interval;
      }
      co_await listener.until(Clock::now() + accept_pause);
      continue;
    }
    try {
      Accepted accepted(descriptor);
      if (worker.options.mode == ServerMode::sequential)
        co_await serve(std::move(accepted), worker);
      else
        serve_apart(std::move(accepted), worker);
    } catch (...) {
      ++worker.totals.uncaught;
    }
  }
}

void tick(Worker& worker) {
  worker.earliest_tick = Clock::now() + tick_interval;
  worker.date = http_date(std::chrono::system_clock::now());
  worker.fixed_reply.set_date(worker.date);
}

// Wakes the connections for which `is_meant` is true. They may end and leave the list.
template <typename Predicate>
void wake(Worker& worker, Predicate is_meant) {
  for (auto it = worker.connections.begin(); it != worker.connections.end();) {
    Connection& connection = *it++;
    if (is_meant(connection)) connection.transport.socket().wake();
  }
}

void wake_overdue(Worker& worker, Clock::time_point now) {
  wake(worker, [&](Connection& connection) {
    connection.cut = worker.drain_end <= now;
    connection.expired = connection.deadline <= now;
    return connection.cut || connection.expired;
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

void take_next_tls(Worker& worker) {
  const std::lock_guard lock(worker.renewal);
  worker.renewal_asked = false;
  worker.tls = std::move(worker.next_tls);
}

}  // namespace

Worker::Worker(const ServerOptions& server_options, std::uint64_t most_connections,
               Answer other_answer)
    : options(server_options),
      answer(std::move(other_answer)),
      most_open(most_connections),
      buffer(receive_size) {
  tick(*this);
}

Worker::Worker(const ServerOptions& server_options, std::uint64_t most_connections)
    : Worker(server_options, most_connections,
             [&server_options](const Request& request, std::string posted) {
               return reply_to(request, server_options, std::move(posted));
             }) {
  fixed_reply = FixedReply(server_options);
  fixed_reply.set_date(date);
}

void run(Worker& worker) {
  for (io::Socket& listener : worker.listeners) accept_all(listener, worker);
  while (!worker.draining || !worker.connections.empty()) {
    if (worker.renewal_asked) take_next_tls(worker);
    // One check of all deadlines instead of a timer per connection.
    worker.loop.run_until(std::min(Clock::now() + tick_interval, worker.drain_end));
    if (worker.drain_asked && !worker.draining) begin_drain(worker);
    tick(worker);
    wake_overdue(worker, Clock::now());
  }
}

void drain(Worker& worker) {
  worker.drain_asked = true;
  worker.loop.wake();
}

void renew(Worker& worker, std::shared_ptr<const io::TlsContext> tls) {
  const std::lock_guard lock(worker.renewal);
  worker.next_tls = std::move(tls);
  worker.renewal_asked = true;
  worker.loop.wake();
}

}  // namespace tws::server
