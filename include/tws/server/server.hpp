// An HTTP/1.1 server for trying out clients: it listens from its construction on, serves in run().
#pragma once

#include "tws/server/admin.hpp"
#include "tws/server/options.hpp"
#include "tws/server/totals.hpp"
#include "tws/support/asio.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace tws {

namespace server {
struct Worker;

// An errno that accept(2) ended with, and how often it has failed so far.
using OnAcceptError = std::function<void(int error, std::uint64_t count)>;
}  // namespace server

class Server {
 public:
  // Binds and listens. Throws RunError, naming the address, where that can't be.
  explicit Server(ServerOptions options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Where it listens, with the ports that the system chose; in the order of the options.
  const std::vector<tcp::endpoint>& addresses() const { return addresses_; }

  // Where the admin listener is, if there is one.
  const std::optional<tcp::endpoint>& admin_address() const { return admin_address_; }

  // Serves until stop(), then as long as responses are under way, but at most options.drain. The
  // admin listener answers with these pages for as long, on a thread of its own and, where the
  // system lets it, with descriptors of its own. `on_accept_error` is called by each thread at most
  // once per second. To be called once.
  ServerTotals run(AdminPages pages = {}, const server::OnAcceptError& on_accept_error = {});

  // Stops accepting, closes what is idle and lets the rest finish. From any thread, at any time.
  void stop();

  // So far, without what the admin listener did. From any thread, at any time.
  ServerTotals totals() const;

 private:
  std::thread start_admin(AdminPages pages);

  ServerOptions options_, admin_options_;
  std::vector<tcp::endpoint> addresses_;
  std::optional<tcp::endpoint> admin_address_;
  std::vector<std::unique_ptr<server::Worker>> workers_;  // one per thread
  std::unique_ptr<server::Worker> admin_;
};

}  // namespace tws
