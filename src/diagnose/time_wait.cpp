#include "diagnose/findings.hpp"
#include "support/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

namespace tws::diagnosis {

std::optional<Finding> time_wait_collision(const Facts& f) {
  // xnu up to macOS 14 picks sequence numbers and time stamps at random, so that a SYN that meets
  // the server's TIME_WAIT is mostly taken for an old duplicate (tcp_subr.c, tcp_new_isn).
  const auto others_failed = f.attempts_failed - f.failed(Cause::timeout) - f.failed(ETIMEDOUT);
  if (!f.macos || others_failed > f.run.tally.attempts_started / 100) return {};
  const auto stuck = static_cast<std::uint64_t>(std::count_if(
      f.run.tally.in_flight.begin(), f.run.tally.in_flight.end(), [](const auto& one) {
        return one.phase == Phase::connect && one.age > std::chrono::seconds(1);
      }));
  // Once around the range in this run, or in one before it whose TIME_WAIT is still there.
  const auto once_around = f.demand.ports * 9 / 10;
  const bool wrapped =
      f.run.tally.attempts_connected >= once_around || f.time_wait_server >= once_around;
  // Hanging at the end, or on the way there: a SYN that nobody answers is sent again after a
  // second.
  constexpr double share_that_limits = 0.25;
  const double slowest = f.run.tally.connect.max().value_or(0);
  const bool at_the_end = stuck * 2 >= f.run.plan.connections;
  const bool on_the_way =
      f.share_connect >= share_that_limits && (slowest >= 1 || f.attempts_failed > others_failed);
  if (!wrapped || !(at_the_end || on_the_way)) return {};
  Finding finding;
  finding.severity = Severity::limit;
  if (at_the_end)
    finding.headline = fmt::format(
        "After {} connections new SYNs met the server's TIME_WAIT and were ignored: {} of {} "
        "connections hung in connect() at the end.",
        format_count(f.run.tally.attempts_connected), format_count(stuck),
        format_count(f.run.plan.connections));
  else
    finding.headline = fmt::format(
        "New SYNs met the server's TIME_WAIT and were ignored, again and again: connections spent "
        "{} "
        "of their time in connect().",
        percent(f.share_connect));
  finding.why =
      "macOS hands out source ports in order, so after one round it comes back to the first. The "
      "server closed first and still holds the old pair in TIME_WAIT, and macOS up to 14 picks "
      "sequence numbers at random, so three of four SYNs look like old duplicates (every other one "
      "up to macOS 11). No port is in use, and no call fails: it hangs.";
  finding.evidence.push_back(
      {"connects older than 1 s at the end", format_count(stuck), "in flight at the deadline"});
  if (f.run.sockets_after)
    finding.evidence.push_back({"TIME_WAIT on the server's side", format_count(f.time_wait_server),
                                std::string(name(f.run.sockets_after->source))});
  finding.evidence.push_back({"source ports, given out in order", format_count(f.demand.ports),
                              "net.inet.ip.portrange.*"});
  if (!f.run.plan.keep_alive())
    finding.remedies.push_back({"leave out --disable-keepalive",
                                fmt::format("no ceiling, {} connections serve the whole run",
                                            format_count(f.run.plan.connections))});
  if (!f.run.plan.keep_alive())
    finding.remedies.push_back(
        {"--close-by reset", "no TIME_WAIT and no ceiling; the server sees ECONNRESET"});
  if (f.run.limits.time_wait_seconds.value_or(30) > 2)
    finding.remedies.push_back(
        {"sysctl net.inet.tcp.msl=1000 (root)",
         "TIME_WAIT lasts 2 s instead of 30: connections still hang each time "
         "around, for some 3 s"});
  return finding;
}

bool time_wait_was_thrown_away(const Facts& f) {
  return f.counter("TcpExt.TCPTimeWaitOverflow") > 0 && f.budget.burst &&
         f.run.tally.attempts_connected > most_connections_in(f.demand, f.seconds) &&
         f.failed(EADDRNOTAVAIL) == 0;
}

namespace {

// On the server's side no TIME_WAIT holds a port of the client's.
std::optional<Finding> overflow_of_server(const Facts& f) {
  const auto overflows = f.server_counter("TcpExt.TCPTimeWaitOverflow");
  if (overflows <= 0) return {};
  Finding finding;
  finding.severity = Severity::note;
  finding.headline = fmt::format(
      "The table of TIME_WAIT sockets was full where the server is: {} were closed without it.",
      format_count(static_cast<std::uint64_t>(overflows)));
  finding.why =
      "Beyond tcp_max_tw_buckets Linux gives up TIME_WAIT. It holds no port of the client's "
      "there, so the numbers are the same.";
  if (f.told->max_time_wait)
    finding.evidence.push_back(
        {"size of the table", format_count(*f.told->max_time_wait), "--server-admin"});
  finding.evidence.push_back({"sockets without TIME_WAIT",
                              format_count(static_cast<std::uint64_t>(overflows)),
                              "--server-admin: TCPTimeWaitOverflow"});
  return finding;
}

}  // namespace

std::optional<Finding> time_wait_overflow(const Facts& f) {
  const auto overflows = f.counter("TcpExt.TCPTimeWaitOverflow");
  if (overflows <= 0) return overflow_of_server(f);
  const auto count = format_count(static_cast<std::uint64_t>(overflows));
  Finding finding;
  // It limits nothing: it makes a run look better than the same run elsewhere.
  finding.severity = f.budget.burst ? Severity::warning : Severity::note;
  if (time_wait_was_thrown_away(f)) {
    finding.headline = fmt::format(
        "The run looks better than it should: the kernel threw TIME_WAIT away {} times, so hammer "
        "made {} connections where its ports allow {}.",
        count, format_count(f.run.tally.attempts_connected),
        format_count(most_connections_in(f.demand, f.seconds)));
    finding.why =
        "Its table of TIME_WAIT sockets was full, and beyond tcp_max_tw_buckets Linux closes them "
        "without that state. Ports are free at once then, so a ceiling that other machines have "
        "does not show here. What TIME_WAIT is for is lost, too: a late segment of an old "
        "connection "
        "may reach a new one.";
  } else {
    finding.headline =
        fmt::format("The table of TIME_WAIT sockets was full: {} were closed without it.", count);
    finding.why = f.budget.burst
                      ? "Beyond tcp_max_tw_buckets Linux gives up TIME_WAIT. This run did "
                        "not gain by it; a longer one would run on where others end."
                      : "Beyond tcp_max_tw_buckets Linux gives up TIME_WAIT. This plan "
                        "needs no port to come back, so its numbers are the same.";
  }
  if (f.run.limits.max_time_wait)
    finding.evidence.push_back({"size of the table", format_count(*f.run.limits.max_time_wait),
                                std::string(f.sources.max_time_wait)});
  else
    finding.evidence.push_back({"sockets without TIME_WAIT", count, "TCPTimeWaitOverflow"});
  if (const auto kept = f.counter("TcpExt.TW"); kept > 0)
    finding.evidence.push_back({"sockets that went into TIME_WAIT",
                                format_count(static_cast<std::uint64_t>(kept)),
                                "/proc/net/netstat: TW, whole namespace"});
  if (!f.budget.burst) return finding;
  finding.remedies = ways_without_a_ceiling(f);
  const auto& size = f.run.limits.max_time_wait;
  finding.remedies.push_back(
      {fmt::format("sysctl net.ipv4.tcp_max_tw_buckets={} (root)",
                   2 * std::max({*f.budget.burst, size.value_or(0),
                                 f.time_wait_client + f.time_wait_server})),
       fmt::format("TIME_WAIT is kept, and the run ends at its ports as it does elsewhere{}",
                   size ? fmt::format("; sysctl net.ipv4.tcp_max_tw_buckets={} undoes it", *size)
                        : std::string())});
  return finding;
}

std::optional<Finding> harmless_time_wait(const Facts& f) {
  const auto all = f.time_wait_client + f.time_wait_server;
  if (all == 0 || f.failed(EADDRNOTAVAIL) > 0 || time_wait_collision(f)) return {};
  if (f.budget.tuples > 0 && f.time_wait_client * 2 > f.budget.tuples) return {};
  Finding finding;
  finding.severity = Severity::note;
  if (f.time_wait_server > f.time_wait_client) {
    finding.headline =
        fmt::format("Sockets in TIME_WAIT on the server's side: {}. They are no limit.",
                    format_count(f.time_wait_server));
    finding.why = fmt::format(
        "Their local port is the server's own, so they hold none of the client's{}. They cost a "
        "few "
        "hundred bytes each and go after {}.",
        f.linux ? ", and on Linux a new SYN takes them over" : "",
        format_duration(f.run.limits.time_wait_seconds.value_or(60)));
  } else {
    finding.headline =
        fmt::format("Sockets in TIME_WAIT on the client's side: {}. That is far from a limit.",
                    format_count(f.time_wait_client));
    finding.why = fmt::format("They hold {} of {}.", format_count(f.time_wait_client),
                              f.budget.tuples == f.demand.ports
                                  ? fmt::format("{} usable source ports towards this target",
                                                format_count(f.demand.ports))
                                  : tuples_text(f));
  }
  if (f.run.sockets_after)
    finding.evidence.push_back(
        {"TIME_WAIT, client's side / server's side",
         fmt::format("{} / {}", format_count(f.time_wait_client), format_count(f.time_wait_server)),
         std::string(name(f.run.sockets_after->source))});
  return finding;
}

}  // namespace tws::diagnosis
