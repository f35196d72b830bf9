// One thread of the server with all that it owns. It shares nothing with other workers.
#pragma once

#include "io/loop.hpp"
#include "io/tls.hpp"
#include "server/connection.hpp"
#include "server/reply.hpp"
#include "server/request.hpp"
#include "tws/server/options.hpp"
#include "tws/server/server.hpp"
#include "tws/server/totals.hpp"
#include "tws/support/asio.hpp"

#include <boost/intrusive/list.hpp>

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace tws::server {

// The last request that the fixed reply answered. Clients, above all load generators, repeat the
// same bytes, which need no second parsing.
struct LastRequest {
  std::string bytes;
  Request request;

  // The old string's memory serves the new one.
  void remember(std::string_view new_bytes, const Request& new_request) {
    bytes = new_bytes;
    request = new_request;
  }
};

struct Worker {
  // `most_connections`: its share of limits.connections; 0: no limit.
  Worker(const ServerOptions& server_options, std::uint64_t most_connections);
  // For the admin listener: `other_answer` makes all replies, and no fixed reply is prepared.
  using Answer = std::function<Reply(const Request& request, std::string posted)>;
  Worker(const ServerOptions& server_options, std::uint64_t most_connections, Answer other_answer);

  const ServerOptions& options;
  Answer answer;  // for requests that the fixed reply does not answer
  ServerTotals totals;
  FixedReply fixed_reply;
  std::string date;
  boost::intrusive::list<Connection, boost::intrusive::constant_time_size<false>> connections;
  std::uint64_t open = 0;  // connections
  const std::uint64_t most_open;
  io::Loop loop;
  std::deque<io::Socket> listeners;
  LastRequest last_request;
  std::vector<char> buffer;  // all connections read into it, one after the other
  // Deadlines are checked at each tick. A time-out counts from this next tick, so it never ends
  // early.
  Clock::time_point earliest_tick;
  std::shared_ptr<const io::TlsContext> tls;  // of new connections; none: they are plain
  OnAcceptError on_accept_error;              // may be empty
  std::atomic<bool> drain_asked = false;
  std::atomic<bool> renewal_asked = false;
  std::mutex renewal;
  std::shared_ptr<const io::TlsContext> next_tls;  // guarded by `renewal`
  bool draining = false;
  Clock::time_point drain_end = Clock::time_point::max();
};

// Accepts and serves until drain(); returns when the last connection has ended.
void run(Worker& worker);

// From any thread: closes the listeners and idle connections, and lets the others finish until
// options.drain is over.
void drain(Worker& worker);

// From any thread: connections that are accepted from now on use `tls`.
void renew(Worker& worker, std::shared_ptr<const io::TlsContext> tls);

}  // namespace tws::server
