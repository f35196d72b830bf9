// One thread of the server with all that it owns. Nothing in it is shared with another.
#pragma once

#include "reply.hpp"
#include "request.hpp"
#include "tws/io/coroutine.hpp"
#include "tws/io/loop.hpp"
#include "tws/server/options.hpp"
#include "tws/server/totals.hpp"
#include "tws/support/asio.hpp"

#include <boost/intrusive/list.hpp>

#include <atomic>
#include <deque>
#include <string>
#include <vector>

namespace tws::server {

struct Worker;

enum class ClosedBy { server, client, reset };

// An accepted connection, on its worker's list for as long as it lives. Its end is counted when it
// is destroyed, so that every accepted connection is counted under exactly one ClosedBy.
struct Connection : boost::intrusive::list_base_hook<> {
  Connection(int descriptor, Worker& of);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Worker& worker;
  io::Socket socket;
  Clock::time_point deadline = Clock::time_point::max();  // aborted after it
  ClosedBy closed_by = ClosedBy::server;
  bool idle = false;     // waits for the first byte of a request
  bool aborted = false;  // its time is up: see `deadline` and `drain_end`
};

// The last request that the fixed reply answered. Clients repeat themselves, load generators above
// all: the same bytes again need no parser to be understood.
struct LastRequest {
  std::string bytes;
  Request request;
};

struct Worker {
  explicit Worker(const ServerOptions& server_options);

  const ServerOptions& options;
  ServerTotals totals;
  FixedReply fixed_reply;
  std::string date;
  boost::intrusive::list<Connection, boost::intrusive::constant_time_size<false>> connections;
  io::Loop loop;
  std::deque<io::Socket> listeners;
  LastRequest last_request;
  std::vector<char> buffer;  // what all connections read into, one after the other
  std::atomic<bool> drain_asked = false;
  bool draining = false;
  Clock::time_point drain_end = Clock::time_point::max();
};

// Accepts and serves until drain(); returns when the last connection has ended.
void run(Worker& worker);

// From any thread: closes the listeners and what is idle, and lets the rest finish until
// options.drain is over.
void drain(Worker& worker);

}  // namespace tws::server
