// What one worker counted. Tallies are added up once, after the run.
#pragma once

#include "tws/measure/failure.hpp"
#include "tws/measure/histogram.hpp"
#include "tws/measure/phase.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace tws {

// A connection that was busy when the run ended.
struct InFlight {
  Phase phase;
  // Of what Tally::latency measures, until then; in `backoff` since the first attempt that failed.
  std::chrono::nanoseconds age;
  bool operator==(const InFlight&) const = default;
};

// Attempts to connect to one of the plan's targets.
struct TargetAttempts {
  std::uint64_t connected = 0, failed = 0;
  bool operator==(const TargetAttempts&) const = default;
};

// What becomes of connections.
struct ConnectionTally {
  // attempts_started = attempts_connected + failed ones + in flight in `connect`
  std::uint64_t attempts_started = 0;
  std::uint64_t attempts_connected = 0;
  Failures attempts_failed;

  std::vector<TargetAttempts> by_target;  // as Run::targets; empty where nobody counted
  // Each connected attempt is in one of these three once it is closed.
  std::uint64_t closed_by_client = 0;
  std::uint64_t closed_by_server = 0;
  std::uint64_t closed_by_reset = 0;
  // Among closed_by_client: the server was to close and had not after a second.
  std::uint64_t server_kept_open = 0;
  // --ports rotate: a target has no TCP time stamps, so the kernel chose after all.
  bool own_ports_given_up = false;
  std::uint64_t peak_open = 0;  // connections open at the same time, at most

  // Spent inside the system calls that open a connection, where the kernel looks for a free port;
  // the whole worker stands still meanwhile.
  std::chrono::nanoseconds time_in_connect_call{};
  Histogram connect;  // attempts that connected

  void merge(const ConnectionTally& other);
  bool operator==(const ConnectionTally&) const = default;
};

// What becomes of requests.
struct RequestTally {
  // requests_started = responses + failed ones + in flight in `write`, `wait` and `read`
  std::uint64_t requests_started = 0;
  std::array<std::uint64_t, 1000> responses_by_status{};
  Failures requests_failed;
  // Requests sent again on a new connection because the server had closed the old one meanwhile:
  // a race, not an error (RFC 9112 9.3.1). The first sending is not counted as started.
  std::uint64_t stale_reuses = 0;

  std::uint64_t body_bytes = 0;  // of all responses, without heads and chunk framing
  // Of responses that failed on the way, or were cut at the end.
  std::uint64_t partial_body_bytes = 0;
  std::uint64_t extra_bytes = 0;  // behind a response, where none belong
  // Where a response should have begun: the first bytes of the first one that was no HTTP/1.1.
  std::string unreadable;

  // From the beginning of the request to the last byte of its response. It begins with its write,
  // or with the attempt to connect where it opens its connection; with a rate when it was due, so
  // that a request that had to wait for a free connection is as slow as it was to whoever sent it.
  Histogram latency;             // of successes: responses with a status of Plan::ok
  Histogram latency_of_refused;  // of the other responses
  Histogram first_byte;          // the same to the first byte, any status
  Histogram begin_delay;         // with a rate: from when a request was due until it was begun
  Histogram service_time;        // with a rate: latency less begin_delay, any status

  // With a rate. Requests for which no connection was free at their due time: those that were sent
  // late, those that were never sent, and how long the oldest of these had been due.
  std::uint64_t begun_late = 0;
  std::uint64_t never_begun = 0;
  std::chrono::nanoseconds oldest_never_begun{};

  void merge(const RequestTally& other);
  bool operator==(const RequestTally&) const = default;

  std::uint64_t due() const;  // with a rate: requests until the end, begun or not
  std::uint64_t responses() const;
  std::uint64_t successes() const;  // those with a status of Plan::ok
};

struct Tally : ConnectionTally, RequestTally {
  std::array<std::chrono::nanoseconds, phase_names.size()> time_in_phase{};
  // The longest that a worker came late to its own loop: the process was stopped (SIGTSTP), had no
  // CPU, or was in a system call.
  std::chrono::nanoseconds longest_standstill{};
  std::vector<InFlight> in_flight;

  void merge(const Tally& other);
  bool operator==(const Tally&) const = default;
};

}  // namespace tws
