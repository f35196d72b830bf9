// The floor's `keep` with io_uring instead of epoll: the sends and receives of a whole batch take
// one system call. An experiment: what came of it is in RESULTS.md.
//
//   floor_io_uring PORT SECONDS keep
#include "floor.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <liburing.h>
#include <string_view>
#include <vector>

namespace {

constexpr std::string_view request = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";

struct Connection {
  int descriptor = -1;
  std::size_t received = 0;
  char buffer[4096];
};

[[noreturn]] void fail(const char* what, int error) {
  std::fprintf(stderr, "%s: %d\n", what, error);
  std::exit(1);
}

io_uring_sqe* entry(io_uring& ring) {
  io_uring_sqe* sqe = io_uring_get_sqe(&ring);
  if (sqe == nullptr) {
    io_uring_submit(&ring);
    sqe = io_uring_get_sqe(&ring);
  }
  return sqe;
}

void ask(io_uring& ring, Connection& connection) {
  connection.received = 0;
  io_uring_sqe* send = entry(ring);
  io_uring_prep_send(send, connection.descriptor, request.data(), request.size(), MSG_NOSIGNAL);
  send->flags |= IOSQE_CQE_SKIP_SUCCESS;
  io_uring_sqe_set_data(send, nullptr);
}

void listen_to(io_uring& ring, Connection& connection) {
  io_uring_sqe* receive = entry(ring);
  io_uring_prep_recv(receive, connection.descriptor, connection.buffer, sizeof connection.buffer,
                     0);
  receive->ioprio |= IORING_RECVSEND_POLL_FIRST;  // there is nothing yet
  io_uring_sqe_set_data(receive, &connection);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) fail("usage: floor_io_uring PORT SECONDS keep", 2);
  io_uring ring;
  io_uring_params params{};
  params.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
  if (const int error = io_uring_queue_init_params(256, &ring, &params)) fail("io_uring", error);
  const sockaddr_in server = loopback(argv[1]);
  std::vector<Connection> connections(50);
  for (auto& connection : connections) {
    connection.descriptor = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(connection.descriptor, reinterpret_cast<const sockaddr*>(&server), sizeof server) !=
        0)
      fail("connect", errno);
    ask(ring, connection);
    listen_to(ring, connection);
  }
  const auto end = std::chrono::steady_clock::now() +
                   std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                       std::chrono::duration<double>(std::atof(argv[2])));
  std::size_t response_size = 0;
  unsigned long long requests = 0;
  while (std::chrono::steady_clock::now() < end) {
    io_uring_submit_and_wait(&ring, 1);
    unsigned head, count = 0;
    io_uring_cqe* cqe;
    io_uring_for_each_cqe(&ring, head, cqe) {
      ++count;
      auto* connection = static_cast<Connection*>(io_uring_cqe_get_data(cqe));
      if (cqe->res <= 0 || connection == nullptr) fail("completion", cqe->res);
      connection->received += static_cast<std::size_t>(cqe->res);
      if (response_size == 0) response_size = connection->received;
      if (connection->received == response_size) {
        ++requests;
        ask(ring, *connection);
      }
      listen_to(ring, *connection);
    }
    io_uring_cq_advance(&ring, count);
  }
  std::printf("%llu requests, 0 failed attempts\n", requests);
}
