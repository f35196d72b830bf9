#include "tws/server/server.hpp"

#include "tws/support/endpoint.hpp"
#include "tws/support/errors.hpp"
#include "worker.hpp"

#include <boost/asio/ip/v6_only.hpp>
#include <fmt/format.h>
#include <sys/socket.h>

#include <system_error>
#include <thread>
#include <utility>

namespace tws {

namespace {

enum class Port { alone, shared };

// Throws boost::system::system_error.
Acceptor bound_acceptor(asio::io_context& context, const tcp::endpoint& endpoint, Port port) {
  Acceptor acceptor(context, endpoint.protocol());
  acceptor.set_option(Acceptor::reuse_address(true));
  if (endpoint.address().is_v6()) acceptor.set_option(asio::ip::v6_only(true));
  if (port == Port::shared) {
    const int on = 1;
    if (::setsockopt(acceptor.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0)
      throw boost::system::system_error(errno, boost::system::system_category());
  }
  // Accepted sockets inherit it: no system call per connection.
  acceptor.set_option(tcp::no_delay(true));
  acceptor.bind(endpoint);
  return acceptor;
}

// One listening socket per worker, all on the same port; returns where.
tcp::endpoint listen_all(std::vector<std::unique_ptr<server::Worker>>& workers,
                         tcp::endpoint endpoint) {
  const Port port = workers.size() > 1 ? Port::shared : Port::alone;
  // SO_REUSEPORT would share the port with another server of this user without a word.
  asio::io_context context;
  if (port == Port::shared) bound_acceptor(context, endpoint, Port::alone);
  for (auto& worker : workers) {
    Acceptor acceptor = bound_acceptor(context, endpoint, port);
    acceptor.listen();
    acceptor.native_non_blocking(true);
    endpoint = acceptor.local_endpoint();
    worker->listeners.emplace_back(worker->loop).open(acceptor.release());
  }
  return endpoint;
}

}  // namespace

Server::Server(ServerOptions options) : options_(std::move(options)) {
  const unsigned threads = options_.mode == ServerMode::sequential ? 1 : options_.threads;
  const auto most = options_.limits.connections;
  for (unsigned i = 0; i < threads; ++i) {
    const auto share = most / threads + (i < most % threads ? 1 : 0);
    workers_.push_back(std::make_unique<server::Worker>(options_, share));
  }
  for (const tcp::endpoint& endpoint : options_.listen) {
    try {
      addresses_.push_back(listen_all(workers_, endpoint));
    } catch (const boost::system::system_error& error) {
      throw RunError(fmt::format("cannot listen on {}: {}", endpoint_text(endpoint),
                                 errno_text(error.code().value())));
    }
  }
}

Server::~Server() = default;

ServerTotals Server::run(const server::OnAcceptError& on_accept_error) {
  std::vector<std::thread> threads;
  for (auto& worker : workers_)
    worker->on_accept_error = on_accept_error;
  try {
    for (auto& worker : workers_)
      threads.emplace_back([&worker] { server::run(*worker); });
  } catch (const std::system_error& error) {
    stop();
    for (std::thread& thread : threads)
      thread.join();
    throw RunError(fmt::format("--threads: '{}' could not be started: {}", workers_.size(),
                               errno_text(error.code().value())));
  }
  for (std::thread& thread : threads)
    thread.join();
  ServerTotals totals;
  for (auto& worker : workers_)
    totals += worker->totals;
  return totals;
}

void Server::stop() {
  for (auto& worker : workers_)
    server::drain(*worker);
}

}  // namespace tws
