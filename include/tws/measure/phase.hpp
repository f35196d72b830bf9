// Where a connection's time goes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tws {

// At every moment each connection is in exactly one of these.
enum class Phase : std::uint8_t {
  connect,    // from socket() until the connection is established or has failed
  handshake,  // of TLS, until it is complete
  write,      // until the last byte of the request is handed to the kernel
  wait,       // until the first byte of the response
  read,       // until its last byte
  close,      // until the server's FIN, if the server is to end the connection
  backoff,    // pausing after a failed attempt
  idle,       // until the next request is due (with a rate), or no request is left (-n)
};
inline constexpr std::array<std::string_view, 8> phase_names{
    "connect", "handshake", "write", "wait", "read", "close", "backoff", "idle"};
inline constexpr std::size_t index(Phase phase) {
  return static_cast<std::size_t>(phase);
}
// A request is under way: it was started.
inline constexpr bool is_request(Phase phase) {
  return phase >= Phase::handshake && phase <= Phase::read;
}

}  // namespace tws
