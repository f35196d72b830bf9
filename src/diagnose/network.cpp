#include "diagnose/findings.hpp"
#include "support/units.hpp"

#include <boost/beast/core/string.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

namespace tws::diagnosis {
namespace {

constexpr double share_of_connect_that_limits = 0.10;

}  // namespace

std::optional<Finding> unreachable(const Facts& f) {
  const Tally& tally = f.run.tally;
  if (tally.attempts_connected > 0 || tally.attempts_started == 0) return {};
  if (tally.responses() > 0) return {};  // on connections of a stage before
  if (f.failed(EADDRNOTAVAIL) + f.failed(EMFILE) > 0 || ports_are_taken(f)) return {};
  Finding finding;
  finding.severity = Severity::limit;
  finding.headline =
      fmt::format("Nothing ever connected to {}: {} attempts in {}.", targets_of(f.run),
                  format_count(tally.attempts_started), format_duration(f.seconds));
  const bool refused = f.failed(ECONNREFUSED) > 0;
  finding.why =
      refused ? "The machine answers and says that nobody listens on that port: the server is "
                "not running, or it listens on another port or address."
              : "No answer came: a firewall drops the packets, the address is wrong, or the "
                "server's accept queue is full.";
  for (const auto& [kind, failure] : tally.attempts_failed)
    finding.evidence.push_back(
        {"attempts that failed",
         fmt::format("{} {}", format_count(failure.count), cause_name(kind)),
         kind.cause == Cause::timeout ? "--connect-timeout" : "errno of connect()"});
  if (refused && f.on_loopback)
    finding.remedies.push_back({"ss -tln", "shows what listens here, and on which address"});
  return finding;
}

bool hammer_lacks_files(const Facts& f) {
  return f.failed(EMFILE) + f.failed(ENFILE) > 0;
}

std::optional<Finding> open_files(const Facts& f) {
  const auto failed = f.failed(EMFILE) + f.failed(ENFILE);
  const bool server_is_full = f.server && f.server->open_files && f.server->open_file_limit &&
                              *f.server->open_files + 1 >= *f.server->open_file_limit;
  if (failed == 0 && !server_is_full) return {};
  Finding finding;
  if (failed > 0) {
    finding.severity = f.held_up_by(failed) ? Severity::limit : Severity::warning;
    finding.headline =
        fmt::format("hammer ran out of file descriptors: {} attempts failed with EMFILE.",
                    format_count(failed));
    finding.why =
        "Each connection needs a descriptor, and this process may not have more. The server never "
        "saw these attempts.";
    if (f.run.limits.open_files) {
      finding.evidence.push_back({"open files that hammer may have",
                                  format_count(*f.run.limits.open_files),
                                  std::string(f.sources.open_files)});
      finding.remedies.push_back({fmt::format("ulimit -n {}", 2 * f.run.plan.connections + 64),
                                  fmt::format("room for the {} connections that were asked for",
                                              format_count(f.run.plan.connections))});
    }
  } else {
    const auto unanswered = f.stuck;
    if (unanswered == 0) return {};  // its descriptors were enough, just
    finding.severity = Severity::limit;
    finding.headline = fmt::format(
        "The server ran out of file descriptors, and {} of {} connections got no answer: {} (pid "
        "{}) "
        "had {} of {} open.",
        format_count(unanswered), format_count(f.run.plan.connections), f.server->name,
        f.server->pid, format_count(std::min(*f.server->open_files, *f.server->open_file_limit)),
        format_count(*f.server->open_file_limit));
    finding.why =
        "accept() fails with EMFILE then, and connections wait in the kernel's accept queue: they "
        "look connected to the client, and nobody answers them.";
    finding.evidence.push_back({"its limit of open files", format_count(*f.server->open_file_limit),
                                f.told ? "--server-admin" : "/proc/PID/limits"});
    finding.evidence.push_back(
        {"connection-seconds spent waiting for an answer", percent(f.share_wait), "phase wait"});
    finding.remedies.push_back(
        {fmt::format("-c {}", std::max<std::uint64_t>(f.run.plan.connections - unanswered, 1)),
         "as many connections as the server answered here"});
    finding.remedies.push_back(
        {fmt::format("ulimit -n {} for the server", f.run.plan.connections + 64),
         fmt::format("room for all {} connections", format_count(f.run.plan.connections))});
  }
  return finding;
}

namespace {

// SYNs were sent again, and no accept queue of this network namespace was full, nor of the
// server's.
std::optional<Finding> lost_syns(const Facts& f) {
  if (!syns_were_lost(f)) return {};
  // Its queue holds SYNs and their answers for longer than the second after which they are sent
  // again, or drops them.
  const bool by_link = link_is_full(f);
  Finding finding;
  finding.severity = by_link ? Severity::warning : Severity::limit;
  finding.headline = fmt::format(
      "{} SYNs got no answer and were sent again: {} of the connection-seconds went into "
      "connecting.",
      format_count(static_cast<std::uint64_t>(f.counter("TcpExt.TCPSynRetrans"))),
      percent(f.share_connect));
  finding.why =
      "A SYN without an answer is sent again after 1 s, then 3, then 7, so such connections take "
      "just "
      "that long. ";
  finding.why +=
      by_link ? "The link is full: SYNs and their answers wait in its queue, or are dropped there."
      : f.told
          ? "The server's accept queue was never full: the packets are lost on the way, or a "
            "firewall drops them."
          : "No accept queue was full on this machine: the packets are lost on the way, a firewall "
            "drops them, or the server is elsewhere and its queue is full.";
  finding.evidence.push_back(
      {"SYNs sent again",
       format_count(static_cast<std::uint64_t>(f.counter("TcpExt.TCPSynRetrans"))),
       "/proc/net/netstat: TCPSynRetrans"});
  finding.evidence.push_back(
      {"times that an accept queue was full", "0",
       f.told ? "--server-admin: ListenOverflows" : "/proc/net/netstat: ListenOverflows"});
  finding.remedies.push_back({"nft list ruleset (root)", "shows rules here that drop packets"});
  if (!f.server && !f.told)
    finding.remedies.push_back({"nstat -az TcpExtListenOverflows, on the server",
                                "0: its queue is not full, and packets are lost"});
  return finding;
}

}  // namespace

namespace {

std::optional<std::uint64_t> smallest_backlog(const Run& run) {
  std::optional<std::uint64_t> smallest;
  for (const auto& target : run.targets) {
    if (!target.listen_backlog) return {};
    smallest = std::min(smallest.value_or(*target.listen_backlog), *target.listen_backlog);
  }
  return smallest;
}

}  // namespace

std::int64_t server_overflows(const Facts& f) {
  const auto overflows = f.server_counter("TcpExt.ListenOverflows");
  // They are counted for the whole namespace. A queue that has room for all connections at once
  // never overflows; those that hammer gave up may still be in it.
  const auto backlog = smallest_backlog(f.run);
  const auto given_up = total(f.run.tally.requests_failed) + f.attempts_failed;
  return backlog && *backlog >= f.run.plan.connections + given_up ? 0 : overflows;
}

bool syns_were_lost(const Facts& f) {
  if (server_overflows(f) > 0 || f.run.tally.attempts_connected == 0 ||
      f.share_connect < share_of_connect_that_limits)
    return false;
  // Each costs a second or more; a few on a long way, whose connects take their time, are nothing.
  constexpr double per_second_of_connecting = 0.25;
  const double connecting = f.share_connect * f.connection_seconds;
  return static_cast<double>(f.counter("TcpExt.TCPSynRetrans")) >=
         std::max(per_second_of_connecting * connecting, 1.0);
}

namespace {

// How long the queue is, and how long it could be.
void add_queue(const Facts& f, Finding& finding) {
  const auto backlog = smallest_backlog(f.run);
  if (backlog)
    finding.evidence.push_back({"the server's backlog", format_count(*backlog), "ss -ltn: Send-Q"});
  const auto somaxconn = f.told ? f.told->somaxconn : f.run.limits.somaxconn;
  if (!somaxconn) return;
  finding.evidence.push_back({f.told ? "largest accept queue that its system allows"
                                     : "largest accept queue that the system allows",
                              format_count(*somaxconn),
                              f.told ? "--server-admin" : std::string(f.sources.somaxconn)});
  const std::uint64_t connections = f.run.plan.connections;
  const auto allowed = std::min(connections, *somaxconn);
  // What is no more than it has already is no remedy.
  if (!backlog || allowed > *backlog)
    finding.remedies.push_back(
        {fmt::format("a backlog of {} in the server's listen()", allowed),
         fmt::format("all {} connections fit into the queue", format_count(allowed))});
  if (f.linux && connections > *somaxconn)
    finding.remedies.push_back(
        {fmt::format("sysctl net.core.somaxconn={} (root), and a backlog of as many in the "
                     "server's listen()",
                     connections),
         fmt::format("all {} connections fit into the queue; sysctl net.core.somaxconn={} undoes "
                     "it",
                     format_count(connections), *somaxconn)});
  if (finding.remedies.empty())
    finding.remedies.push_back(
        {"--timeout longer than the server takes",
         "connections that were given up no longer fill the queue, which has room for all others"});
}

}  // namespace

std::optional<Finding> listen_queue(const Facts& f) {
  const auto overflows = server_overflows(f);
  const auto retransmitted = f.counter("TcpExt.TCPSynRetrans");
  const auto timeouts = f.failed(Cause::timeout) + f.failed(ETIMEDOUT);
  if (overflows <= 0) return lost_syns(f);
  Finding finding;
  finding.severity = f.share_connect >= share_of_connect_that_limits || timeouts > 0
                         ? Severity::limit
                         : Severity::warning;
  finding.headline = fmt::format(
      "The server did not accept fast enough: its accept queue was full {} times, and {} SYNs were "
      "sent again.",
      format_count(static_cast<std::uint64_t>(overflows)),
      format_count(static_cast<std::uint64_t>(std::max<std::int64_t>(retransmitted, 0))));
  finding.why =
      "A full queue makes the kernel drop the handshake without a word. The client sends its SYN "
      "again after 1 s, then 3, then 7, so such connections take just that long, and those who "
      "wait "
      "longer time out.";
  finding.evidence.push_back(
      {"counted in", "ListenOverflows, TCPSynRetrans",
       f.told ? "--server-admin and here" : "/proc/net/netstat, whole namespace"});
  finding.evidence.push_back(
      {"connection-seconds spent connecting", percent(f.share_connect), "phase connect"});
  if (timeouts > 0)
    finding.evidence.push_back(
        {"attempts that timed out", format_count(timeouts), "--connect-timeout"});
  add_queue(f, finding);
  return finding;
}

std::optional<Finding> conntrack(const Facts& f) {
  const auto& limits = f.run.limits;
  if (!limits.conntrack_max || !limits.conntrack_count || *limits.conntrack_max == 0) return {};
  if (*limits.conntrack_count * 20 < *limits.conntrack_max * 19) return {};
  Finding finding;
  const bool loses = f.counter("TcpExt.TCPSynRetrans") > 0;
  finding.severity = loses && f.share_connect >= share_of_connect_that_limits ? Severity::limit
                                                                              : Severity::warning;
  finding.headline =
      fmt::format("The firewall's table of connections is full: {} of {}.",
                  format_count(*limits.conntrack_count), format_count(*limits.conntrack_max));
  finding.why =
      "nf_conntrack keeps a closed connection for 120 s. Once its table is full the kernel drops "
      "new "
      "packets, which looks like loss: SYNs are sent again after 1 s, 3 s, 7 s.";
  finding.evidence.push_back({"SYNs sent again",
                              format_count(static_cast<std::uint64_t>(
                                  std::max<std::int64_t>(f.counter("TcpExt.TCPSynRetrans"), 0))),
                              "/proc/net/netstat: TCPSynRetrans, whole namespace"});
  finding.evidence.push_back(
      {"connection-seconds spent connecting", percent(f.share_connect), "phase connect"});
  finding.evidence.push_back({"the table's size", format_count(*limits.conntrack_max),
                              std::string(f.sources.conntrack_max)});
  finding.remedies.push_back(
      {fmt::format("sysctl net.netfilter.nf_conntrack_max={} (root)", 4 * *limits.conntrack_max),
       fmt::format("{} connections per second for ever, instead of {}; sysctl "
                   "net.netfilter.nf_conntrack_max={} undoes it",
                   format_count(4 * *limits.conntrack_max / 120),
                   format_count(*limits.conntrack_max / 120), *limits.conntrack_max)});
  return finding;
}

// The server ends connections that hammer means to keep. One that does so after a thousand requests
// (nginx) costs nothing worth a word.
std::optional<Finding> connections_not_kept(const Facts& f) {
  const Tally& tally = f.run.tally;
  const Plan& plan = f.run.plan;
  const auto responses = tally.responses();
  const auto opened = tally.attempts_connected;
  if (!plan.keep_alive() || responses == 0) return {};
  // hammer itself asked to close, or closed because of bytes where none belong.
  for (const auto& [header, value] : plan.headers)
    if (boost::beast::iequals(header, "Connection") && boost::beast::iequals(value, "close"))
      return {};
  if (2 * tally.closed_by_server < opened) return {};
  // A connection that ended in a failure was not closed for want of keep-alive.
  if (total(tally.requests_failed) * 10 > responses) return {};
  std::uint64_t needed = plan.connections;
  if (plan.requests_per_connection)
    needed =
        std::max(needed, responses / std::max<std::uint64_t>(*plan.requests_per_connection, 1));
  constexpr std::uint64_t few_requests = 10;  // on a connection
  if (opened < 3 * needed || responses >= few_requests * opened) return {};

  Finding finding;
  finding.severity = Severity::warning;
  finding.headline = fmt::format(
      "The server does not keep connections: {} were opened where {} were asked for, and each had "
      "{:.1f} responses.",
      format_count(opened), format_count(needed),
      static_cast<double>(responses) / static_cast<double>(opened));
  finding.why = fmt::format(
      "hammer asked to keep them. As it is, each response costs a new connection, which rate and "
      "latency include. {}",
      f.linux
          ? "Source ports are no limit as long as the server closes first: TIME_WAIT is on its "
            "side then, and the port is free at once."
          : "Each connection takes a source port, so a long run may go once through all of them.");
  finding.evidence.push_back({"closed by the server", format_count(tally.closed_by_server),
                              "connections whose FIN hammer read"});
  finding.evidence.push_back({"opened per second", rounded(f.attempt_rate), "opened / time"});
  if (const auto connect = tally.connect.mean())
    finding.evidence.push_back(
        {"to open one took, on average",
         format_duration(*connect + tally.handshake.mean().value_or(0)),
         tally.handshake.empty() ? "phase connect" : "phases connect and handshake"});
  finding.remedies.push_back(
      {"turn keep-alive on in the server (nginx: keepalive_timeout above 0, keepalive_requests "
       "1000; tws-server: --keep-alive on)",
       fmt::format("{} connections serve the whole run", format_count(needed))});
  finding.remedies.push_back(
      {"have it send a Content-Length",
       "without one, and without chunks, only the end of the connection ends a response"});
  finding.remedies.push_back(
      {"--disable-keepalive", "where one request per connection is what you mean to measure"});
  return finding;
}

}  // namespace tws::diagnosis
