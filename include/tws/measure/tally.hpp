// The counters of one worker. They are added up once, after the run.
#pragma once

#include "tws/measure/failure.hpp"
#include "tws/measure/histogram.hpp"
#include "tws/measure/phase.hpp"
#include "tws/measure/unreadable.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tws {

// A connection that was busy when the run ended.
struct InFlight {
  Phase phase;
  // Counted like latency, until the end of the run; in `backoff` since the first failed attempt.
  std::chrono::nanoseconds age;
  bool operator==(const InFlight&) const = default;
};

// Of one of the plan's targets.
struct TargetTally {
  std::uint64_t connected = 0, failed = 0;  // attempts to connect
  std::uint64_t responses = 0;
  std::chrono::nanoseconds answering{};  // of all these: from the request's begin to the last byte
  bool operator==(const TargetTally&) const = default;
};

// Of one of the URLs that a run asks for, if there are several.
struct UrlTally {
  std::string method, url;  // as typed, without a password
  std::uint64_t responses = 0, successes = 0;
  std::uint64_t failed = 0;                  // requests
  std::chrono::nanoseconds answering{};      // of all responses; counted like latency
  Histogram latency{Histogram::two_digits};  // of successes; empty in a long list

  void merge(const UrlTally& other);
  bool operator==(const UrlTally&) const = default;
};
// A histogram takes 35 KiB in each thread. In a longer list no URL has one.
inline constexpr std::size_t most_urls_with_latency = 1000;

// Whether responses differ by the connection that they came on: a connection stays with one worker,
// process or backend. Of connections with `fewest_to_compare` responses or more; seconds from the
// request's begin to the last byte.
inline constexpr std::uint64_t fewest_to_compare = 10;
struct ConnectionSpread {
  std::uint64_t responses = 0;
  double sum = 0, sum_of_squares = 0;  // of all responses
  double between = 0;                  // of all connections: sum x sum / responses

  void merge(const ConnectionSpread& other);
  bool operator==(const ConnectionSpread&) const = default;

  // Of the variance of all responses, how much is explained by the connection (eta squared): 1
  // where each connection has a time of its own, about connections / responses where chance
  // decides.
  double explained_by_connection() const;
};

// What TLS handshakes with one of the plan's targets have agreed on, and its certificate.
struct TlsUsed {
  std::size_t target = 0;  // as Run::targets
  std::string version, cipher, group, key, subject, issuer;
  std::uint64_t handshakes = 0;
  bool operator==(const TlsUsed&) const = default;
};

// Counts by what was counted.
using Counts = std::map<std::string, std::uint64_t, std::less<>>;

// Counters of connections.
struct ConnectionTally {
  // attempts_started = attempts_connected + failed ones + in flight in `connect`
  std::uint64_t attempts_started = 0;
  std::uint64_t attempts_connected = 0;
  Failures attempts_failed;

  std::vector<TargetTally> by_target;  // as Run::targets; empty where nobody counted
  Histogram mean_by_connection;        // of the responses of each connection in `spread`
  ConnectionSpread spread;
  // Each closed connection is in exactly one of these three.
  std::uint64_t closed_by_client = 0;
  std::uint64_t closed_by_server = 0;
  std::uint64_t closed_by_reset = 0;
  // Part of closed_by_client: the server should have closed but had not after a second.
  std::uint64_t server_kept_open = 0;
  // Kept connections that hammer ended since bytes came that belong to no request (RFC 9112 9.2).
  std::uint64_t ended_by_stray_bytes = 0;
  // --ports rotate: a target has no TCP time stamps, so the kernel chose after all.
  bool own_ports_given_up = false;
  std::uint64_t peak_open = 0;  // maximum of open connections

  // Time in the system calls that open connections, where the kernel searches for a free port; it
  // blocks the whole worker.
  std::chrono::nanoseconds time_in_connect_call{};
  Histogram connect;  // attempts that connected

  // Handshakes of TLS that were complete. One that failed is a failed request of that phase.
  std::uint64_t handshakes_full = 0, handshakes_resumed = 0;
  Histogram handshake;
  std::vector<TlsUsed> tls_used;
  std::string tls_words;  // OpenSSL's, for the first failure of Cause::tls

  void add_tls_used(const TlsUsed& one);
  void merge(const ConnectionTally& other);
  bool operator==(const ConnectionTally&) const = default;
};

// Counters of requests.
struct RequestTally {
  // requests_started = responses + failed ones + in flight in `handshake`, `write`, `wait`, `read`
  std::uint64_t requests_started = 0;
  std::array<std::uint64_t, 1000> responses_by_status{};
  Failures requests_failed;
  std::vector<UrlTally> by_url;  // empty with a single URL
  // Requests sent again on a new connection because the server had closed the old one, or because
  // bytes came on it that belong to no request: a race, not an error (RFC 9112 9.2, 9.3.1). The
  // first try is not counted as started.
  std::uint64_t stale_reuses = 0;

  // Requests that followed a redirect, and redirects to another authority or one too many, which
  // hammer did not follow although it was asked to.
  std::uint64_t redirects_followed = 0, redirects_left = 0;

  std::uint64_t body_bytes = 0;  // of all responses, without heads and chunk framing
  // Of responses that failed, or were incomplete at the end of the run.
  std::uint64_t partial_body_bytes = 0;
  std::uint64_t extra_bytes = 0;  // after a response, where no bytes belong
  std::vector<Unreadable> unreadable;
  // Responses with something that a server must not send and that leaves their end clear, by what
  // it is.
  Counts lenient;

  // From the beginning of the request to the last byte of its response. A request begins with its
  // write, or with the attempt to connect if it needs a new connection; with a rate at its due
  // time, so that waiting for a free connection counts.
  Histogram latency;             // of successes: responses with a status of Plan::ok
  Histogram latency_of_refused;  // of the other responses
  Histogram first_byte;          // the same to the first byte, any status
  Histogram begin_delay;         // with a rate: from when a request was due until it was begun
  Histogram service_time;        // with a rate: latency less begin_delay, any status

  // With a rate only: requests with no free connection at their due time. `begun_late` were sent
  // late; `never_begun` were never sent; `oldest_never_begun` is the age of the oldest unsent one.
  std::uint64_t begun_late = 0;
  std::uint64_t never_begun = 0;
  std::chrono::nanoseconds oldest_never_begun{};

  void add_unreadable(const Unreadable& one);
  void merge(const RequestTally& other);
  bool operator==(const RequestTally&) const = default;

  std::uint64_t due() const;  // with a rate: requests until the end, begun or not
  std::uint64_t responses() const;
  std::uint64_t successes() const;  // those with a status of Plan::ok
};

struct Tally : ConnectionTally, RequestTally {
  std::array<std::chrono::nanoseconds, phase_names.size()> time_in_phase{};
  // The longest time that a worker was stalled: the process was stopped (SIGTSTP), had no CPU, or
  // was in a system call.
  std::chrono::nanoseconds longest_standstill{};
  std::vector<InFlight> in_flight;

  void merge(const Tally& other);
  // Adds what the same worker counted after this. What was under way here is started in `next` once
  // more, and what had not begun is due there.
  void append(const Tally& next);
  bool operator==(const Tally&) const = default;
};

}  // namespace tws
