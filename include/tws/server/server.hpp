// An HTTP/1.1 server for trying out clients: it listens from its construction on, serves in run().
#pragma once

#include "tws/server/options.hpp"
#include "tws/server/totals.hpp"
#include "tws/support/asio.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tws {

namespace server {
struct Worker;

// An errno that accept(2) ended with, and how often it has failed so far.
using OnAcceptError = std::function<void(int error, std::uint64_t count)>;
}

class Server {
 public:
  // Binds and listens. Throws RunError, naming the address, where that can't be.
  explicit Server(ServerOptions options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Where it listens, with the ports that the system chose; in the order of the options.
  const std::vector<tcp::endpoint>& addresses() const { return addresses_; }

  // Serves until stop(), then as long as responses are under way, but at most options.drain.
  // To be called once. `on_accept_error` is called by each thread at most once per second.
  ServerTotals run(const server::OnAcceptError& on_accept_error = {});

  // Stops accepting, closes what is idle and lets the rest finish. From any thread, at any time.
  void stop();

 private:
  ServerOptions options_;
  std::vector<tcp::endpoint> addresses_;
  std::vector<std::unique_ptr<server::Worker>> workers_;  // one per thread
};

}  // namespace tws
