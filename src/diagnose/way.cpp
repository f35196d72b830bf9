// What the network between the two ends does to a run, and an address that this machine lacks.
#include "diagnose/findings.hpp"
#include "support/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

namespace tws::diagnosis {

// connect() says EADDRNOTAVAIL for two reasons: no free port, or no local address to use one of.
std::optional<Finding> no_address(const Facts& f) {
  const auto failed = f.failed(EADDRNOTAVAIL);
  if (failed == 0 || f.run.tally.attempts_connected > 0) return {};
  const auto ports = usable_ports(f.run.plan, f.run.limits);
  const bool none_to_use = ports && ports->count == 0;
  const bool none_held = f.run.sockets_before && f.run.sockets_before->client_ports == 0 &&
                         f.ports_held == 0 && !none_to_use;
  if (!none_held && !none_to_use) return {};
  Finding finding;
  finding.severity = Severity::limit;
  if (none_to_use) {
    finding.headline = fmt::format(
        "There is no source port to use: all {} of {}-{} are reserved or held by others.",
        format_count(ports->range.size()), ports->range.low, ports->range.high);
    finding.why =
        "connect() leaves reserved ports out (net.ipv4.ip_local_reserved_ports), and ports that "
        "another program has bound.";
    finding.remedies.push_back(
        {"sysctl net.ipv4.ip_local_reserved_ports", "shows which ports are reserved"});
  } else {
    finding.headline = fmt::format(
        "connect() to {} fails with EADDRNOTAVAIL though no port is in use: this machine has no "
        "address for it.",
        targets_of(f.run));
    finding.why =
        "A connection needs a local address of the same IP version with a route to the target. "
        "If IPv6 is off, this machine has no ::1.";
    finding.remedies.push_back({"ip address", "shows which addresses this machine has"});
  }
  finding.evidence.push_back({"attempts that failed",
                              fmt::format("{} EADDRNOTAVAIL", format_count(failed)),
                              "errno of connect()"});
  finding.evidence.push_back({"source ports in use", format_count(f.ports_held),
                              f.run.sockets_before ? std::string(name(f.run.sockets_before->source))
                                                   : std::string("unknown")});
  return finding;
}

namespace {

struct Resent {
  std::uint64_t segments = 0, of = 0;  // sent again, and all that were sent
  bool is_own = false;                 // of the run's sockets alone, else of all in this network
};

// A connection that waits until a segment is sent again is seen more often than others, so where
// not all were seen they only tell that it happened. Short connections are rarely seen afterwards,
// but often while they wait.
std::optional<Resent> resent(const Facts& f) {
  const auto count = [&](const char* name) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(f.counter(name), 0));
  };
  // What the other end has told to have come twice (DSACK) was not lost: a tail loss probe
  // (RFC 8985 7), or an acknowledgement that was late.
  const auto needless = count("TcpExt.TCPSynRetrans") + count("TcpExt.TCPDSACKRecv") +
                        count("TcpExt.TCPDSACKOfoRecv");
  const auto all = count("Tcp.RetransSegs");
  const Resent of_network{all - std::min(all, needless), count("Tcp.OutSegs"), false};
  const auto& way = f.run.way;
  if (!way || way->client.sockets == 0) return of_network;
  const Resent own{way->client.segments_resent + way->server.segments_resent,
                   way->client.segments_sent + way->server.segments_sent, true};
  if (way->all && 2 * way->client.sockets >= f.run.tally.attempts_connected) return own;
  const bool own_wait = way->client.looks_overdue + way->server.looks_overdue > 0;
  return own.segments > 0 || own_wait ? std::optional(of_network) : std::nullopt;
}

void add_interface(const Facts& f, std::vector<Evidence>& evidence) {
  if (!f.run.way || !f.run.way->interface) return;
  const InterfaceUse& of = *f.run.way->interface;
  evidence.push_back({fmt::format("{}: packets dropped, errors", of.name),
                      fmt::format("{}, {}", format_count(of.dropped), format_count(of.errors)),
                      "/proc/net/dev"});
}

}  // namespace

std::optional<Finding> packet_loss(const Facts& f) {
  const auto lost = resent(f);
  if (!lost || lost->segments < 10 || lost->of == 0) return {};
  constexpr double share_that_shows = 0.002;
  const double share = static_cast<double>(lost->segments) / static_cast<double>(lost->of);
  if (share < share_that_shows) return {};
  // A segment that is lost costs 200 ms at least where nothing follows it (TCP_RTO_MIN).
  const auto& latency = f.run.tally.latency;
  const double median = latency.quantile(0.5).value_or(0),
               slow = latency.quantile(0.99).value_or(0);
  const bool shows = slow >= 0.2 && slow >= 4 * median;
  Finding finding;
  finding.severity = shows && !link_is_full(f) ? Severity::limit : Severity::warning;
  finding.headline = fmt::format(
      "Packets are lost on the way: {} segments were sent again, {:.1f}% of those that {} sent.",
      format_count(lost->segments), share * 100,
      lost->is_own ? "the run's connections" : "this machine");
  finding.why =
      "A segment without an acknowledgement is sent again, after 200 ms or more where nothing "
      "follows it, and requests that it belongs to take that much longer.";
  if (link_is_full(f)) finding.why += " A link that is full drops packets.";
  if (!lost->is_own)
    finding.why += " The counters are those of all programs of this network namespace.";
  finding.evidence.push_back(
      {lost->is_own ? "segments sent again, SYNs too" : "segments sent again, without SYNs",
       format_count(lost->segments),
       lost->is_own ? "tcp_info: total_retrans - dsack_dups"
                    : "/proc/net/snmp, netstat: RetransSegs - TCPDSACKRecv"});
  if (f.run.way && f.run.way->client.segments_out_of_order > 0)
    finding.evidence.push_back({"segments that came out of order",
                                format_count(f.run.way->client.segments_out_of_order),
                                "tcp_info: rcv_ooopack"});
  add_interface(f, finding.evidence);
  if (!latency.empty())
    finding.evidence.push_back(
        {"half of the successes, and 99%, took at most",
         fmt::format("{}, {}", format_duration(median), format_duration(slow)), "hammer"});
  finding.remedies.push_back({"ip -s link", "shows drops and errors of each interface"});
  return finding;
}

// The kernels at both ends answer a SYN by themselves, so the fastest connect is one round trip,
// and so is the shortest that the kernel measured.
std::optional<double> round_trip(const Facts& f) {
  auto shortest = f.run.tally.connect.min();
  if (f.run.way && f.run.way->client.min_rtt)
    shortest = std::min(shortest.value_or(*f.run.way->client.min_rtt), *f.run.way->client.min_rtt);
  return shortest;
}

std::optional<Finding> network_latency(const Facts& f) {
  const auto shortest_trip = round_trip(f);
  constexpr double share_that_limits = 0.5;  // of the fastest response
  if (!shortest_trip || *shortest_trip < shortest_round_trip || f.fastest_latency <= 0 ||
      f.search_shows)
    return {};
  // The first request of a connection has its connect in its latency.
  const double own = f.run.plan.keep_alive() ? f.fastest_latency
                                             : std::max(f.fastest_latency - *shortest_trip, 1e-9);
  if (*shortest_trip < share_that_limits * own || f.mean_latency > 3 * f.fastest_latency ||
      !both_are_idle(f) || way_is_full(f))
    return {};
  Finding finding;
  finding.severity = Severity::limit;
  finding.headline =
      fmt::format("The way takes most of the time: a round trip takes {}, the fastest response {}.",
                  format_duration(*shortest_trip), format_duration(f.fastest_latency));
  finding.why =
      "The kernel at the other end answers a SYN by itself, so the fastest connect is the "
      "network's round trip. What is left is the server's.";
  if (const auto connect = f.run.tally.connect.min())
    finding.evidence.push_back({"fastest connect", format_duration(*connect), "phase connect"});
  if (f.run.way && f.run.way->client.min_rtt)
    finding.evidence.push_back({"shortest round trip of the run's connections",
                                format_duration(*f.run.way->client.min_rtt), "tcp_info: min_rtt"});
  finding.evidence.push_back(
      {"fastest response, mean",
       fmt::format("{}, {}", format_duration(f.fastest_latency), format_duration(f.mean_latency)),
       "hammer"});
  add_client_evidence(f, finding.evidence);
  finding.remedies.push_back(
      {"run hammer near the server",
       fmt::format("up to {} less for each response", format_duration(*shortest_trip))});
  return finding;
}

}  // namespace tws::diagnosis
