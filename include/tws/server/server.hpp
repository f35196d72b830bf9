// An HTTP/1.1 server for testing clients. It listens after construction and serves in run().
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

// The errno of a failed accept(2), and how often accept(2) has failed so far.
using OnAcceptError = std::function<void(int error, std::uint64_t count)>;
}  // namespace server

class Server {
 public:
  // Binds and listens. Throws RunError with the address if that fails, UsageError if options.tls
  // can't be used.
  explicit Server(ServerOptions options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // The listening addresses, with the ports that the system chose; in the order of the options.
  const std::vector<tcp::endpoint>& addresses() const { return addresses_; }

  // The address of the admin listener, if there is one.
  const std::optional<tcp::endpoint>& admin_address() const { return admin_address_; }

  // Serves until stop(), then until all responses are finished, but at most for options.drain.
  // Meanwhile the admin listener serves these pages, on its own thread and, if the system allows
  // it, with its own descriptor table. Each thread calls `on_accept_error` at most once per second.
  // To be called once.
  ServerTotals run(AdminPages pages = {}, const server::OnAcceptError& on_accept_error = {});

  // Stops accepting, closes idle connections and lets the others finish. From any thread, at any
  // time.
  void stop();

  // For connections that are accepted from now on; the others keep what they have. Throws
  // UsageError and changes nothing if `tls` can't be used. Only for a server that has TLS. From any
  // thread.
  void renew(const ServerTls& tls);

  // So far, without the admin listener. From any thread, at any time.
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
