// The options of the server: a value, made by the command line or by a test.
#pragma once

#include "tws/http/head_limits.hpp"
#include "tws/server/tls.hpp"
#include "tws/support/asio.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tws {

// sequential: a connection is finished before the next one is accepted.
// spawn: each connection is a coroutine of its own.
enum class ServerMode { sequential, spawn };

// Which side closes first after a last response, and so keeps the TIME_WAIT.
enum class ServerCloseBy { server, client };

// Limits of one client. Times are checked twice a second, so they end up to a second late.
struct ServerLimits {
  HeadLimits head;
  std::uint64_t body = 1024 * 1024;        // bytes
  std::size_t chunk_overhead = 16 * 1024;  // bytes of chunk extensions, leading zeros and trailers
  // For all members below, 0 means no limit. Times for: a head, from its first byte to its last; a
  // body, from the end of the head; the wait between requests; the client to receive the next 64
  // KiB of a response.
  std::chrono::nanoseconds head_time = std::chrono::seconds{10};
  std::chrono::nanoseconds body_time = std::chrono::seconds{30};
  std::chrono::nanoseconds idle_time = std::chrono::seconds{75};
  std::chrono::nanoseconds write_time = std::chrono::seconds{30};
  std::uint64_t requests = 0;     // on one connection
  std::uint64_t connections = 0;  // at a time; each thread has its share
};

struct ServerOptions {
  // Port 0: the system picks a free one. Sequential mode needs exactly one address.
  std::vector<tcp::endpoint> listen{{asio::ip::address_v4::loopback(), 3779}};
  std::optional<tcp::endpoint> admin;  // separate listener for /healthz, /metrics, /census
  std::optional<ServerTls> tls;        // on `listen`; the admin listener is always plain
  ServerMode mode = ServerMode::spawn;
  bool keep_alive = true;
  ServerCloseBy close_by = ServerCloseBy::server;
  unsigned threads = 1;  // sequential mode always uses one
  std::string body = "Hello from plaque!\n";
  std::optional<std::uint64_t> body_size;  // instead of `body`: this many bytes of filler
  std::chrono::nanoseconds delay{0};       // before each response
  std::chrono::nanoseconds drain = std::chrono::seconds{5};
  ServerLimits limits;
};

}  // namespace tws
