// The user's options for a run. They are here and not in `load` because report, budget and
// diagnosis also need them.
#pragma once

#include "tws/measure/body.hpp"
#include "tws/measure/profile.hpp"
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

// Which side ends a connection that is not kept.
enum class CloseBy : std::uint8_t {
  server,  // hammer sends `Connection: close`; TIME_WAIT on the server's side
  client,  // hammer closes after the response; TIME_WAIT on the client's side
  reset,   // SO_LINGER{1,0}: a RST, no TIME_WAIT, the server sees ECONNRESET
};
std::string_view name(CloseBy close_by);

// Who picks source ports.
enum class PortChoice : std::uint8_t {
  kernel,  // connect() skips ports in TIME_WAIT for this target, unless tcp_tw_reuse applies
  rotate,  // hammer, in turn: a bound port may be in TIME_WAIT (net/ipv4/tcp_ipv4.c,
           // tcp_twsk_unique)
};
std::string_view name(PortChoice choice);

// By status: whether such a response is a success.
using Statuses = std::bitset<1000>;
// "2xx,404,500-504"; nothing for another text.
std::optional<Statuses> parse_statuses(std::string_view text);
inline constexpr std::string_view usual_successes = "2xx,3xx";
inline const Statuses usual_statuses = parse_statuses(usual_successes).value();

// For targets with https. Texts are as typed.
struct TlsPlan {
  std::string authorities;   // a file or a folder; empty: the system's
  bool accepts_any = false;  // no certificate is verified
  std::string certificate, key, key_password_file;
  std::string server_name;  // that is asked for (SNI) and verified; empty: the URL's
  std::string versions = "1.2..1.3";
  std::string ciphers, tls13_ciphers, groups;  // empty: OpenSSL's choice
  double resume = 0;  // share of the connections that resume a session, 0 to 1
  bool operator==(const TlsPlan&) const = default;
};

// A line of --urls, complete: a request that is asked in turn with the others.
struct Line {
  std::uint64_t weight = 1;  // how often, compared with the others
  std::string method = "GET";
  std::string url;  // as typed
  Body body;
  bool plan_body = false;  // its body is the plan's
  bool operator==(const Line&) const = default;
};

struct Plan {
  // As typed; taken in turn, connection by connection. With `lines` the first of each authority.
  std::vector<std::string> urls;
  std::vector<Line> lines;      // what is asked there; empty: the URLs themselves
  std::string urls_file;        // that has these lines, as typed
  std::string body_lines_file;  // as typed
  Body body_lines;              // its content: each line is {{line}} for a request
  std::uint64_t seed = 1;       // of {{rand}}, {{uuid}} and arrivals by chance
  std::optional<std::chrono::nanoseconds> duration;
  // Stop after this many; a failed attempt counts as one, so that every run ends.
  std::optional<std::uint64_t> requests;
  // Requests per second, all connections together; nothing: each begins when the previous one ends.
  std::optional<double> rate;
  // A rate or connections that change over time, and take the whole duration. Then `rate` is not
  // set, or `connections` is the highest number.
  Profile profile;
  Arrivals arrivals = Arrivals::even;
  // The load goes on for so long before anything is counted. It begins as the profile does.
  std::chrono::nanoseconds warm_up{};
  std::uint32_t connections = 50;
  std::uint32_t threads = 1;

  std::string method = "GET";
  std::vector<std::pair<std::string, std::string>> headers;
  Body body;
  std::string http_version = "1.1";
  std::uint64_t redirects = 0;  // to follow at most, for each request

  bool strict_http = false;         // nothing that a server must not send is forgiven
  std::string ok{usual_successes};  // statuses that are what was asked for: parse_statuses()

  std::chrono::nanoseconds timeout = std::chrono::seconds(30);         // of a request
  std::chrono::nanoseconds connect_timeout = std::chrono::seconds(5);  // of an attempt

  std::optional<std::uint64_t> requests_per_connection;  // nothing: as many as the server allows
  CloseBy close_by = CloseBy::server;
  PortChoice ports = PortChoice::kernel;
  std::vector<std::string> sources;     // local addresses, in turn; empty: the kernel chooses
  std::optional<PortRange> port_range;  // narrows the kernel's for this run

  // Before the run, wait at most this long until this client has no TIME_WAIT towards the targets.
  std::optional<std::chrono::nanoseconds> wait_drain;
  // As typed, HOST:PORT:HOST:PORT: where to connect instead of the URL's host.
  std::vector<std::string> connect_to;
  std::string proxy;        // its URL: where to connect; empty: none
  std::string unix_socket;  // its path: where to connect, and no port is used; empty: none
  TlsPlan tls;

  bool census = true;  // count the targets' sockets
  // URL of a tws-server's admin listener, which provides the server's own data.
  std::optional<std::string> server_admin;
  std::vector<std::string> thresholds;  // as typed: tws/judge/threshold.hpp

  // Requests have a time at which they are due.
  bool is_paced() const {
    return rate || (profile.varied == Varied::rate && !profile.stages.empty());
  }
  bool keep_alive() const { return requests_per_connection != 1u; }
  bool has_https() const;  // a URL of it
  bool operator==(const Plan&) const = default;
};

// The ports of --ports rotate: the plan's range, or the end of the system's range. Until the
// TIME_WAIT of a bound port ends, every other connect() skips this port, whatever its target
// (net/ipv4/inet_hashtables.c, __inet_hash_connect: fastreuse). So hammer uses no more ports than
// it needs, and leaves the rest to other programs.
PortRange rotated_ports(const Plan& plan, std::uint64_t sources, const PortRange& system);

// The ports that connect() chooses from.
struct UsablePorts {
  PortRange range;  // the system's range, narrowed by the plan's
  // Ports of the range without reserved and held ones. Where only the number of held ones is known,
  // not which they are, this is the maximum for a part of the range.
  std::uint64_t count = 0;
};
// Nothing if the range is unknown.
std::optional<UsablePorts> usable_ports(const Plan& plan, const Limits& limits);

}  // namespace tws
