// The least that a client of TLS can do: OpenSSL around one epoll descriptor, one thread, nothing
// kept but a count. What a load generator takes beyond this is its own.
//
//   floor_tls PORT SECONDS keep|full|resume [--connections N]
//
// keep: connections stay open. full: one request each with a full handshake, the server closes.
// resume: the same, each connection resumes the session of the one before it. No certificate is
// verified. All responses must be as long as the first one and come from 127.0.0.1. Prints the
// requests, how many connections resumed a session, and what failed.
#include "floor.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

enum class Mode { keep, full, resume };

struct Options {
  sockaddr_in server{};
  double seconds = 0;
  Mode mode = Mode::keep;
  std::size_t connections = 50;
};

struct Connection {
  int descriptor = -1;
  SSL* tls = nullptr;
  SSL_SESSION* session = nullptr;
  bool ready = false;
  std::size_t received = 0;
};

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  ERR_print_errors_fp(stderr);
  std::exit(1);
}

Options options_from(int argc, char** argv) {
  const std::vector<std::string_view> words(argv + 1, argv + argc);
  Options options;
  if (words.size() < 3) {
    std::fputs("usage: floor_tls PORT SECONDS keep|full|resume [--connections N]\n", stderr);
    std::exit(2);
  }
  options.server = loopback(argv[1]);
  options.seconds = std::atof(argv[2]);
  options.mode = words[2] == "keep" ? Mode::keep : words[2] == "full" ? Mode::full : Mode::resume;
  if (words.size() > 4 && words[3] == "--connections")
    options.connections = std::strtoul(argv[5], nullptr, 10);
  return options;
}

class Client {
 public:
  explicit Client(const Options& options) : options_(options), connections_(options.connections) {
    if (options.mode != Mode::keep)
      request_ = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
    SSL_CTX_set_read_ahead(context_, 1);  // one read per record
    SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_OFF);
  }

  void run() {
    for (auto& connection : connections_) open(connection);
    const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                        std::chrono::duration<double>(options_.seconds));
    std::vector<epoll_event> events(connections_.size());
    while (Clock::now() < end) {
      const int ready = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 100);
      for (int i = 0; i < ready; ++i)
        go_on(*static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr));
    }
  }

  std::uint64_t requests() const { return requests_; }
  std::uint64_t resumed() const { return resumed_; }
  std::uint64_t failed() const { return failed_; }

 private:
  // On loopback connect() has connected when it returns.
  void open(Connection& connection) {
    connection.received = 0;
    connection.ready = false;
    connection.descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    const int on = 1;
    ::setsockopt(connection.descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const auto* server = reinterpret_cast<const sockaddr*>(&options_.server);
    while (::connect(connection.descriptor, server, sizeof options_.server) != 0 &&
           errno != EINPROGRESS)
      ++failed_;
    connection.tls = SSL_new(context_);
    SSL_set_fd(connection.tls, connection.descriptor);
    SSL_set_connect_state(connection.tls);
    if (connection.session) SSL_set_session(connection.tls, connection.session);
    epoll_event event{EPOLLIN | EPOLLRDHUP | EPOLLET, {.ptr = &connection}};
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.descriptor, &event) != 0) fail("epoll_ctl");
    go_on(connection);
  }

  void go_on(Connection& connection) {
    if (!connection.ready) {
      const int result = SSL_do_handshake(connection.tls);
      if (result != 1) {
        if (SSL_get_error(connection.tls, result) != SSL_ERROR_WANT_READ) fail("handshake");
        return;
      }
      connection.ready = true;
      if (SSL_session_reused(connection.tls)) ++resumed_;
      send(connection);
    }
    receive(connection);
  }

  void send(Connection& connection) {
    const int size = static_cast<int>(request_.size());
    if (SSL_write(connection.tls, request_.data(), size) != size) fail("SSL_write");
  }

  void receive(Connection& connection) {
    char buffer[4096];
    for (;;) {
      const int size = SSL_read(connection.tls, buffer, sizeof buffer);
      if (size <= 0) {
        const int error = SSL_get_error(connection.tls, size);
        if (error == SSL_ERROR_WANT_READ) return;
        if (options_.mode == Mode::keep) fail("the server closed the connection");
        if (connection.received != response_size_) ++failed_;
        ERR_clear_error();
        return next(connection);
      }
      connection.received += static_cast<std::size_t>(size);
      if (response_size_ == 0 &&
          (response_size_ = size_of(std::string_view(buffer, connection.received))) == 0)
        fail("no first response in one piece");
      if (options_.mode == Mode::keep && connection.received == response_size_)
        return next(connection);
    }
  }

  void next(Connection& connection) {
    ++requests_;
    if (options_.mode == Mode::keep) {
      connection.received = 0;
      return send(connection);
    }
    if (options_.mode == Mode::resume) {
      SSL_SESSION_free(connection.session);
      connection.session = SSL_get1_session(connection.tls);
    }
    SSL_shutdown(connection.tls);
    SSL_free(connection.tls);
    ::close(connection.descriptor);
    open(connection);
  }

  const Options options_;
  std::string request_ = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
  SSL_CTX* const context_ = SSL_CTX_new(TLS_client_method());
  int epoll_ = ::epoll_create1(0);
  std::vector<Connection> connections_;
  std::size_t response_size_ = 0;
  std::uint64_t requests_ = 0, resumed_ = 0, failed_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
  Client client(options_from(argc, argv));
  client.run();
  std::printf("%llu requests, %llu resumed, %llu failed\n",
              static_cast<unsigned long long>(client.requests()),
              static_cast<unsigned long long>(client.resumed()),
              static_cast<unsigned long long>(client.failed()));
}
