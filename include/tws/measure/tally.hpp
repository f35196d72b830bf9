// What one worker counted. Tallies are added up once, after the run.
#pragma once

#include "tws/measure/histogram.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tws {

// Where a connection's time goes. At every moment each connection is in exactly one of these.
enum class Phase : std::uint8_t {
  connect,  // from socket() until the connection is established or has failed
  write,    // until the last byte of the request is handed to the kernel
  wait,     // until the first byte of the response
  read,     // until its last byte, and until the server's FIN where that ends the connection
  backoff,  // pausing after a failed attempt
  idle,     // until its next request is due (with a rate), or since there was none left (-n)
};
inline constexpr std::array<std::string_view, 6> phase_names{"connect", "write",   "wait",
                                                             "read",    "backoff", "idle"};
inline constexpr std::size_t index(Phase phase) {
  return static_cast<std::size_t>(phase);
}

struct Failure {
  std::uint64_t count = 0;
  std::chrono::nanoseconds first{};  // since the start of the run
};

// By kind. For attempts an errno's name, "EADDRNOTAVAIL", or "timeout"; for requests a phase and a
// kind, "read: truncated", "write: EPIPE".
using Failures = std::map<std::string, Failure>;

std::uint64_t total(const Failures& failures);

// A connection that was busy when the run ended.
struct InFlight {
  Phase phase;
  // Of what Tally::latency measures, until then; in `backoff` since the first attempt that failed.
  std::chrono::nanoseconds age;
};

struct Tally {
  // attempts_started = attempts_connected + failed ones + in flight in `connect`
  std::uint64_t attempts_started = 0;
  std::uint64_t attempts_connected = 0;
  Failures attempts_failed;

  // requests_started = responses + failed ones + in flight in `write`, `wait` and `read`
  std::uint64_t requests_started = 0;
  std::array<std::uint64_t, 1000> responses_by_status{};
  Failures requests_failed;
  // Requests sent again on a new connection because the server had closed the old one meanwhile:
  // a race, not an error (RFC 9112 9.3.1). The first sending is not counted as started.
  std::uint64_t stale_reuses = 0;

  // With a rate. Requests for which no connection was free when they were due: those that were
  // begun late, and those that were due before the end and never begun, the oldest for so long.
  std::uint64_t begun_late = 0;
  std::uint64_t never_begun = 0;
  std::chrono::nanoseconds oldest_never_begun{};

  std::uint64_t body_bytes = 0;  // of all responses, without heads and chunk framing
  std::uint64_t partial_body_bytes =
      0;                          // of responses that failed on the way, or were cut at the end
  std::uint64_t extra_bytes = 0;  // behind a response, where none belong

  // Each connected attempt is in one of these three once it is closed.
  std::uint64_t closed_by_client = 0;
  std::uint64_t closed_by_server = 0;
  std::uint64_t closed_by_reset = 0;
  // Among closed_by_client: the server was to close and had not after a second.
  std::uint64_t server_kept_open = 0;
  // --ports rotate: a target has no TCP time stamps, so the kernel chose after all.
  bool own_ports_given_up = false;
  std::uint64_t peak_open = 0;  // connections open at the same time, at most

  std::array<std::chrono::nanoseconds, phase_names.size()> time_in_phase{};
  // Spent inside the system calls that open a connection, where the kernel looks for a free port;
  // the whole worker stands still meanwhile.
  std::chrono::nanoseconds time_in_connect_call{};
  // The longest that a worker came late to its own loop: the process was stopped (SIGTSTP), had no
  // CPU, or was in a system call.
  std::chrono::nanoseconds longest_standstill{};
  std::vector<InFlight> in_flight;

  // From the beginning of the request to the last byte of its response. It begins with its write,
  // or with the attempt to connect where it opens its connection; with a rate when it was due, so
  // that a request that had to wait for a free connection is as slow as it was to whoever sent it.
  Histogram latency;             // status below 400
  Histogram latency_of_refused;  // status 400 and above
  Histogram first_byte;          // the same to the first byte, any status
  Histogram connect;             // attempts that connected
  Histogram begin_delay;         // with a rate: from when a request was due until it was begun
  Histogram service_time;        // with a rate: latency less begin_delay, any status

  void merge(const Tally& other);

  std::uint64_t due() const;  // with a rate: requests until the end, begun or not
  std::uint64_t responses() const;
  std::uint64_t successes() const;  // status below 400
};

}  // namespace tws
