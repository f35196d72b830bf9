// The least that a client can do: system calls around one epoll descriptor, one thread, nothing
// kept but a count. What a load generator takes beyond this is its own.
//
//   floor PORT SECONDS keep|close|client|reset [--connections N] [--ports LOW-HIGH]
//
// keep: connections stay open. close: one request each, the server closes. client: one request
// each, closed as soon as the response is here. reset: the same with SO_LINGER{1,0}. --ports: binds
// source ports in turn, with SO_REUSEADDR. All responses must be as long as the first one and come
// from 127.0.0.1. Prints the requests, and the attempts that failed.
#include "floor.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

enum class Mode { keep, close, client, reset };

struct Options {
  sockaddr_in server{};
  double seconds = 0;
  Mode mode = Mode::keep;
  std::size_t connections = 50;
  int low = 0, high = 0;  // own ports; 0: the kernel's choice
};

struct Connection {
  int descriptor = -1;
  std::size_t received = 0;
};

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

Options options_from(int argc, char** argv) {
  const std::vector<std::string_view> words(argv + 1, argv + argc);
  Options options;
  if (words.size() < 3) {
    std::fputs(
        "usage: floor PORT SECONDS keep|close|client|reset [--connections N] [--ports LOW-HIGH]\n",
        stderr);
    std::exit(2);
  }
  options.server = loopback(argv[1]);
  options.seconds = std::atof(argv[2]);
  options.mode = words[2] == "keep"     ? Mode::keep
                 : words[2] == "close"  ? Mode::close
                 : words[2] == "client" ? Mode::client
                                        : Mode::reset;
  for (std::size_t i = 3; i + 1 < words.size(); i += 2) {
    if (words[i] == "--connections") options.connections = std::strtoul(argv[i + 2], nullptr, 10);
    if (words[i] == "--ports") std::sscanf(argv[i + 2], "%d-%d", &options.low, &options.high);
  }
  return options;
}

class Client {
 public:
  explicit Client(const Options& options)
      : options_(options), port_(options.low), connections_(options.connections) {
    if (options.mode == Mode::close)
      request_ = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
  }

  void run() {
    for (auto& connection : connections_) open(connection);
    const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                        std::chrono::duration<double>(options_.seconds));
    std::vector<epoll_event> events(connections_.size());
    while (Clock::now() < end) {
      const int ready = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 100);
      for (int i = 0; i < ready; ++i) {
        const auto& event = events[static_cast<std::size_t>(i)];
        receive(*static_cast<Connection*>(event.data.ptr), (event.events & EPOLLRDHUP) != 0);
      }
    }
  }

  std::uint64_t requests() const { return requests_; }
  std::uint64_t failed() const { return failed_; }

 private:
  void open(Connection& connection) {
    connection.received = 0;
    connection.descriptor = dial();
    while (connection.descriptor < 0) {  // as many tries as it takes: the others wait meanwhile
      ++failed_;
      connection.descriptor = dial();
    }
    send(connection);
    epoll_event event{EPOLLIN | EPOLLRDHUP | EPOLLET, {.ptr = &connection}};
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.descriptor, &event) != 0) fail("epoll_ctl");
  }

  int dial() {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (descriptor < 0) fail("socket");
    bool good = true;
    if (options_.low != 0) {
      const int on = 1;
      sockaddr_in own{AF_INET, htons(static_cast<std::uint16_t>(port_)), {INADDR_ANY}, {}};
      port_ = port_ == options_.high ? options_.low : port_ + 1;
      good = ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
             ::bind(descriptor, reinterpret_cast<sockaddr*>(&own), sizeof own) == 0;
    }
    const auto* server = reinterpret_cast<const sockaddr*>(&options_.server);
    if (good &&
        (::connect(descriptor, server, sizeof options_.server) == 0 || errno == EINPROGRESS))
      return descriptor;
    ::close(descriptor);
    return -1;
  }

  // On loopback the handshake is done when connect() returns, and a request fits into the buffer.
  void send(Connection& connection) {
    if (::send(connection.descriptor, request_.data(), request_.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(request_.size()))
      fail("send");
  }

  // A read that is not filled has taken all there is, up to the FIN if that is here: no second one.
  void receive(Connection& connection, bool ended) {
    char buffer[4096];
    const ssize_t size = ::recv(connection.descriptor, buffer, sizeof buffer, 0);
    if (size < 0 && errno == EAGAIN) return;
    if (size < 0) fail("recv");
    connection.received += static_cast<std::size_t>(size);
    if (response_size_ == 0 &&
        (response_size_ = size_of(std::string_view(buffer, connection.received))) == 0)
      fail("no first response in one piece");
    if (options_.mode == Mode::close) {
      if (ended) next(connection);
    } else if (connection.received == response_size_) {
      next(connection);
    } else if (ended) {
      fail("the server closed the connection");
    }
  }

  void next(Connection& connection) {
    ++requests_;
    if (options_.mode == Mode::keep) {
      connection.received = 0;
      return send(connection);
    }
    const linger at_once{1, 0};
    if (options_.mode == Mode::reset)
      ::setsockopt(connection.descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(connection.descriptor);
    open(connection);
  }

  const Options options_;
  std::string request_ = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
  int epoll_ = ::epoll_create1(0);
  int port_;
  std::vector<Connection> connections_;
  std::size_t response_size_ = 0;
  std::uint64_t requests_ = 0, failed_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  Client client(options_from(argc, argv));
  client.run();
  std::printf("%llu requests, %llu failed attempts\n",
              static_cast<unsigned long long>(client.requests()),
              static_cast<unsigned long long>(client.failed()));
}
