// What the server is asked to be; a value, made by the command line or by a test.
#pragma once

#include "tws/support/asio.hpp"

#include <chrono>
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

struct ServerOptions {
  // Port 0 takes a free one. In sequential mode exactly one.
  std::vector<tcp::endpoint> listen{{asio::ip::address_v4::loopback(), 3779}};
  ServerMode mode = ServerMode::spawn;
  bool keep_alive = true;
  ServerCloseBy close_by = ServerCloseBy::server;
  unsigned threads = 1;  // sequential mode has one, whatever is asked for
  std::string body = "Hello from plaque!\n";
  std::optional<std::uint64_t> body_size;  // instead of `body`: as many bytes of filler
  std::chrono::nanoseconds delay{0};       // before each response
  std::chrono::nanoseconds drain = std::chrono::seconds{5};
};

}  // namespace tws
