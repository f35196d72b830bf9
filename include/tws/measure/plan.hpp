// What the user asked for. It lives here and not in `load` because everything that judges a run
// needs it: the report, the budget, the diagnosis.
#pragma once

#include "tws/system/limits.hpp"

#include <bitset>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tws {

// Who ends a connection that is not kept.
enum class CloseBy : std::uint8_t {
  server,  // asked with `Connection: close`; TIME_WAIT on the server's side
  client,  // as soon as the response is complete; TIME_WAIT on the client's side
  reset,   // SO_LINGER{1,0}: a RST, no TIME_WAIT, the server sees ECONNRESET
};
std::string_view name(CloseBy close_by);

// Who picks source ports.
enum class PortChoice : std::uint8_t {
  kernel,  // connect(): a port whose pair is in TIME_WAIT is left out, unless tcp_tw_reuse applies
  rotate,  // hammer, in turn: bind() waives that wait (net/ipv4/tcp_ipv4.c, tcp_twsk_unique)
};
std::string_view name(PortChoice choice);

// By status: whether such a response is a success.
using Statuses = std::bitset<1000>;
// "2xx,404,500-504"; nothing for another text.
std::optional<Statuses> parse_statuses(std::string_view text);
inline constexpr std::string_view usual_successes = "2xx,3xx";
inline const Statuses usual_statuses = parse_statuses(usual_successes).value();

struct Plan {
  std::vector<std::string> urls;  // as typed; taken in turn, connection by connection
  std::optional<std::chrono::nanoseconds> duration;
  // Stop after so many; an attempt that fails counts as one, so that a run always ends.
  std::optional<std::uint64_t> requests;
  // Requests per second, all connections together; nothing: each begins when the one before it
  // ends.
  std::optional<double> rate;
  std::uint32_t connections = 50;
  std::uint32_t threads = 1;

  std::string method = "GET";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  std::string ok{usual_successes};  // statuses that are what was asked for: parse_statuses()

  std::chrono::nanoseconds timeout = std::chrono::seconds(30);         // of a request
  std::chrono::nanoseconds connect_timeout = std::chrono::seconds(5);  // of an attempt

  std::optional<std::uint64_t> requests_per_connection;  // nothing: as many as the server allows
  CloseBy close_by = CloseBy::server;
  PortChoice ports = PortChoice::kernel;
  std::vector<std::string> sources;     // local addresses, in turn; empty: the kernel chooses
  std::optional<PortRange> port_range;  // narrows the kernel's for this run

  // First wait, at most so long, until this client's TIME_WAIT towards the targets is gone.
  std::optional<std::chrono::nanoseconds> wait_drain;
  bool census = true;  // watch the sockets towards the targets
  // URL of a tws-server's admin listener, which is asked for what can't be seen from here.
  std::optional<std::string> server_admin;

  bool keep_alive() const { return requests_per_connection != 1u; }
  bool operator==(const Plan&) const = default;
};

// The ports of --ports rotate: the plan's range, else the end of the system's. A port that was
// bound is left out by every connect(), whatever its target, until its TIME_WAIT ends
// (net/ipv4/inet_hashtables.c, __inet_hash_connect: fastreuse). So hammer takes no more than it
// needs, and leaves the rest of the range to the other programs of the machine.
PortRange rotated_ports(const Plan& plan, std::uint64_t sources, const PortRange& system);

// The ports that connect() chooses from.
struct UsablePorts {
  PortRange range;  // the system's, narrowed by the plan's
  // Of these, without reserved and held ones. Where in the system's range held ports are is not
  // known, so that a part of it has this many at most.
  std::uint64_t count = 0;
};
// Nothing where the range is not known.
std::optional<UsablePorts> usable_ports(const Plan& plan, const Limits& limits);

}  // namespace tws
