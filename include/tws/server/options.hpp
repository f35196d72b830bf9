// What the server is asked to be; a value, made by the command line or by a test.
#pragma once

#include "tws/http/head_limits.hpp"
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

// Which end closes first after a last response, and so keeps the TIME_WAIT.
enum class ServerCloseBy { server, client };

// What one client may take. Times are looked at twice a second: they end up to a second late.
struct ServerLimits {
  HeadLimits head;
  std::uint64_t body = 1024 * 1024;        // bytes
  std::size_t chunk_overhead = 16 * 1024;  // bytes of chunk extensions, leading zeros and trailers
  // 0: no limit, for all that follow. For a head, from its first byte to its last; for a body, from
  // the end of the head; between requests; to take the next 64 KiB of a response.
  std::chrono::nanoseconds head_time = std::chrono::seconds{10};
  std::chrono::nanoseconds body_time = std::chrono::seconds{30};
  std::chrono::nanoseconds idle_time = std::chrono::seconds{75};
  std::chrono::nanoseconds write_time = std::chrono::seconds{30};
  std::uint64_t requests = 0;     // on one connection
  std::uint64_t connections = 0;  // at a time; each thread has its share
};

struct ServerOptions {
  // Port 0 takes a free one. In sequential mode exactly one.
  std::vector<tcp::endpoint> listen{{asio::ip::address_v4::loopback(), 3779}};
  std::optional<tcp::endpoint> admin;  // a listener of its own for /healthz, /metrics, /census
  ServerMode mode = ServerMode::spawn;
  bool keep_alive = true;
  ServerCloseBy close_by = ServerCloseBy::server;
  unsigned threads = 1;  // sequential mode has one, whatever is asked for
  std::string body = "Hello from plaque!\n";
  std::optional<std::uint64_t> body_size;  // instead of `body`: as many bytes of filler
  std::chrono::nanoseconds delay{0};       // before each response
  std::chrono::nanoseconds drain = std::chrono::seconds{5};
  ServerLimits limits;
};

}  // namespace tws
