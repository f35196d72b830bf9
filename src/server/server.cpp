#include "tws/server/server.hpp"

#include "server/tls.hpp"
#include "server/worker.hpp"
#include "support/endpoint.hpp"
#include "system/process.hpp"
#include "tws/support/errors.hpp"

#include <boost/asio/ip/v6_only.hpp>
#include <fmt/format.h>
#include <sys/socket.h>

#include <future>
#include <system_error>
#include <unistd.h>
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
  // Accepted sockets inherit this, which saves a system call per connection.
  acceptor.set_option(tcp::no_delay(true));
  acceptor.bind(endpoint);
  return acceptor;
}

// Returns the address.
tcp::endpoint listen(server::Worker& worker, const tcp::endpoint& endpoint, Port port) {
  asio::io_context context;
  Acceptor acceptor = bound_acceptor(context, endpoint, port);
  acceptor.listen();
  acceptor.native_non_blocking(true);
  const tcp::endpoint address = acceptor.local_endpoint();
  worker.listeners.emplace_back(worker.loop).open(acceptor.release());
  return address;
}

// One listening socket per worker, all on the same port; returns the address.
tcp::endpoint listen_all(std::vector<std::unique_ptr<server::Worker>>& workers,
                         tcp::endpoint endpoint) {
  const Port port = workers.size() > 1 ? Port::shared : Port::alone;
  // SO_REUSEPORT would silently share the port with another server of this user.
  asio::io_context context;
  if (port == Port::shared) bound_acceptor(context, endpoint, Port::alone);
  for (auto& worker : workers) endpoint = listen(*worker, endpoint, port);
  return endpoint;
}

// Silent clients must not block others for long.
constexpr std::uint64_t most_admin_connections = 1000;
constexpr auto admin_time = std::chrono::seconds{5};

// The admin listener's connections have limits of their own, and the server does not wait for them
// at its end.
ServerOptions for_admin(ServerOptions options) {
  options.mode = ServerMode::spawn;
  options.keep_alive = true;
  options.close_by = ServerCloseBy::server;
  options.delay = options.drain = std::chrono::nanoseconds{0};
  options.limits = {};
  options.tls.reset();
  options.limits.head_time = options.limits.body_time = admin_time;
  options.limits.idle_time = options.limits.write_time = admin_time;
  return options;
}

template <typename Listen>
tcp::endpoint or_run_error(const tcp::endpoint& endpoint, Listen listen_there) {
  try {
    return listen_there(endpoint);
  } catch (const boost::system::system_error& error) {
    throw RunError(fmt::format("cannot listen on {}: {}", endpoint_text(endpoint),
                               errno_text(error.code().value())));
  }
}

}  // namespace

Server::Server(ServerOptions options)
    : options_(std::move(options)), admin_options_(for_admin(options_)) {
  const unsigned threads = options_.mode == ServerMode::sequential ? 1 : options_.threads;
  const auto most = options_.limits.connections;
  for (unsigned i = 0; i < threads; ++i) {
    const auto share = most / threads + (i < most % threads ? 1 : 0);
    workers_.push_back(std::make_unique<server::Worker>(options_, share));
  }
  if (options_.tls) renew(*options_.tls);
  for (const tcp::endpoint& endpoint : options_.listen)
    addresses_.push_back(or_run_error(
        endpoint, [this](const tcp::endpoint& there) { return listen_all(workers_, there); }));
  if (!options_.admin) return;
  admin_ = std::make_unique<server::Worker>(admin_options_, most_admin_connections, nullptr);
  admin_address_ = or_run_error(*options_.admin, [this](const tcp::endpoint& there) {
    return listen(*admin_, there, Port::alone);
  });
}

Server::~Server() = default;

ServerTotals Server::run(AdminPages pages, const server::OnAcceptError& on_accept_error) {
  for (auto& worker : workers_) worker->on_accept_error = on_accept_error;
  std::thread admin;
  std::vector<std::thread> threads;
  const auto join = [&] {
    for (std::thread& thread : threads) thread.join();
    if (!admin.joinable()) return;
    server::drain(*admin_);
    admin.join();
  };
  try {
    if (admin_) admin = start_admin(std::move(pages));
    for (auto& worker : workers_) threads.emplace_back([&worker] { server::run(*worker); });
  } catch (const std::system_error& error) {
    stop();
    join();
    throw RunError(fmt::format("--threads: '{}' could not be started: {}", workers_.size(),
                               errno_text(error.code().value())));
  }
  join();
  return totals();
}

// With its own descriptor table it answers when the workers have no descriptor left.
std::thread Server::start_admin(AdminPages pages) {
  const std::atomic<bool>& draining = workers_.front()->drain_asked;
  admin_->answer = [pages = std::move(pages), &draining](const server::Request& request,
                                                         const std::string&) {
    return server::admin_reply_to(request, pages, draining);
  };
  const int listener = admin_->listeners.front().descriptor();
  std::vector<int> wanted = admin_->loop.descriptors();
  wanted.push_back(listener);
  std::promise<bool> apart;
  auto is_apart = apart.get_future();
  std::thread thread([this, wanted = std::move(wanted), apart = std::move(apart)]() mutable {
    apart.set_value(use_only_descriptors(wanted));
    server::run(*admin_);
  });
  if (is_apart.get()) ::close(listener);  // the thread has a copy and closes it itself
  return thread;
}

ServerTotals Server::totals() const {
  ServerTotals totals;
  for (const auto& worker : workers_) totals += worker->totals;
  return totals;
}

// All workers have the same one: a session of one of them can be resumed with any other.
void Server::renew(const ServerTls& tls) {
  const auto context = std::make_shared<const io::TlsContext>(server::context_of(tls));
  for (auto& worker : workers_) server::renew(*worker, context);
}

void Server::stop() {
  for (auto& worker : workers_) server::drain(*worker);
}

}  // namespace tws
