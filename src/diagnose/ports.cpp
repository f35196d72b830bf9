#include "findings.hpp"

#include "tws/support/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace tws::diagnosis {
namespace {

// Below these it is there, and something else limits the run.
constexpr double share_of_search_that_limits = 0.25;
// A call that looks through half of the range takes many times as long as one that finds at once.
constexpr double search_against_the_fastest = 3;

constexpr PortRange widest{1024, 65535};

std::string range_text(const PortRange& ports) {
  return fmt::format("{}-{}", ports.low, ports.high);
}

std::optional<PortRange> range_of(const Facts& f) {
  return f.run.plan.port_range ? f.run.plan.port_range : f.run.limits.ports;
}

double hold(const Facts& f) {
  return f.budget.hold_seconds;
}

// "32,768 connections in this run" or "28,232 connections per second"
std::string reach(const Facts& f, const Demand& demand) {
  const auto other = budget(demand);
  if (!other.burst || !other.sustained_per_second) return "no ceiling";
  if (other.hold_seconds < f.seconds)
    return fmt::format("up to {} connections per second",
                       format_count(static_cast<std::uint64_t>(*other.sustained_per_second)));
  return fmt::format("up to {} connections in a run like this",
                     format_count(most_connections_in(demand, f.seconds)));
}

// What lifts the ceiling, each with what it would reach. Only what this system and target can do.
std::vector<Remedy> ways_past_the_ceiling(const Facts& f) {
  const Plan& plan = f.run.plan;
  std::vector<Remedy> remedies;
  if (!plan.keep_alive())
    remedies.push_back({"leave out --disable-keepalive",
                        fmt::format("no ceiling, {} connections serve the whole run",
                                    format_count(plan.connections))});
  else if (plan.requests_per_connection)
    remedies.push_back({"leave out --requests-per-connection",
                        fmt::format("no ceiling, {} connections serve the whole run",
                                    format_count(plan.connections))});
  if (f.linux && plan.close_by == CloseBy::client)
    remedies.push_back({"--close-by server",
                        "no ceiling, since TIME_WAIT stays on the server's side, where Linux lets a new "
                        "SYN take it over"});
  if (plan.close_by != CloseBy::reset)
    remedies.push_back({"--close-by reset",
                        "no TIME_WAIT and no ceiling; the server sees ECONNRESET"});
  if (f.linux && f.on_loopback && f.demand.sources == 1) {
    Demand two = f.demand;
    two.sources = 2;
    remedies.push_back({"--source 127.0.0.1,127.0.0.2", reach(f, two)});
  }
  if (f.linux && !f.reuse_applies && f.run.limits.timestamps.value_or(true) &&
      f.run.limits.reuse) {
    Demand reused = f.demand;
    reused.hold_seconds = f.run.limits.reuse_delay_seconds.value_or(1);
    const auto other = budget(reused);
    if (other.sustained_per_second)
      remedies.push_back(
          {"sysctl net.ipv4.tcp_tw_reuse=1 (root)",
           fmt::format("a port is free again after {}, so up to {} connections per second",
                       format_duration(reused.hold_seconds),
                       format_count(static_cast<std::uint64_t>(*other.sustained_per_second)))});
  }
  if (f.linux && f.run.limits.ports && f.run.limits.ports->size() < widest.size()) {
    Demand wide = f.demand;
    wide.ports = widest.size();
    remedies.push_back({"sysctl net.ipv4.ip_local_port_range='1024 65535' (root)", reach(f, wide)});
  }
  return remedies;
}

void add_port_evidence(const Facts& f, std::vector<Evidence>& evidence) {
  if (f.run.sockets_after) {
    evidence.push_back({"source ports held towards the target, at most",
                        fmt::format("{} of {}", format_count(f.ports_held),
                                    format_count(f.demand.ports)),
                        std::string(name(f.run.sockets_after->source))});
    evidence.push_back({"TIME_WAIT on the client's side at the end",
                        format_count(f.time_wait_client),
                        std::string(name(f.run.sockets_after->source))});
  }
  if (const auto range = range_of(f))
    evidence.push_back({"range of source ports", range_text(*range),
                        f.run.plan.port_range ? "--port-range" : std::string(f.sources.ports)});
  evidence.push_back({"a port is held after its connection for", format_duration(hold(f)),
                      std::string(f.reuse_applies ? f.sources.reuse_delay_seconds
                                                  : f.sources.time_wait_seconds)});
}

}  // namespace

std::optional<Finding> source_ports(const Facts& f) {
  const auto failed = f.failed("EADDRNOTAVAIL");
  if (failed == 0) return {};
  Finding finding;
  finding.severity = f.held_up_by(failed) ? Severity::limit : Severity::warning;
  const auto made = format_count(f.run.tally.attempts_connected);
  const auto first = format_duration(f.first_failed("EADDRNOTAVAIL"));
  finding.evidence.push_back(
      {"attempts to connect that failed",
       fmt::format("{} with EADDRNOTAVAIL, the first after {}", format_count(failed), first),
       "errno of connect()"});
  add_port_evidence(f, finding.evidence);
  if (!f.budget.burst) {
    finding.id = "ephemeral-ports";
    finding.headline = fmt::format(
        "The connections to {} need more source ports than there are: {} attempts failed with "
        "EADDRNOTAVAIL, the first after {}.",
        targets_of(f.run), format_count(failed), first);
    finding.why =
        "Each connection that is open or in TIME_WAIT on the client's side holds one port of the "
        "range for this target. connect() fails at once when none is free; the server never saw "
        "these attempts.";
  } else if (f.reuse_applies) {
    finding.id = "time-wait-reuse";
    finding.headline = fmt::format(
        "hammer used its {} source ports faster than the kernel gives them back: {} connections, "
        "{} per second, and {} attempts without a free port.",
        format_count(f.demand.ports), made,
        format_count(static_cast<std::uint64_t>(f.attempt_rate)), format_count(failed));
    finding.why = fmt::format(
        "The client closed first, so each port stays in TIME_WAIT on its side. tcp_tw_reuse lets a "
        "new connection take it over, but only {} after the close. Connections per second can't "
        "exceed ports divided by that time; the server has no part in it.",
        format_duration(hold(f)));
    finding.evidence.push_back({"TIME_WAIT taken over by a new connection",
                                format_count(static_cast<std::uint64_t>(
                                    std::max<std::int64_t>(f.counter("TcpExt.TWRecycled"), 0))),
                                "/proc/net/netstat: TWRecycled, whole namespace"});
  } else {
    finding.id = "ephemeral-ports";
    finding.headline = fmt::format(
        "After {} connections to {} the client had no source port left: {} attempts failed with "
        "EADDRNOTAVAIL, the first after {}.",
        made, targets_of(f.run), format_count(failed), first);
    finding.why = fmt::format(
        "The client closed first, so each of its ports stays in TIME_WAIT for {} and can't be used "
        "for the same target meanwhile. With the whole range in that state connect() fails at once, "
        "without a packet being sent: the server never saw these attempts.",
        format_duration(hold(f)));
  }
  if (f.budget.burst)
    finding.evidence.push_back({"connections that the ports allow before one comes back",
                                format_count(*f.budget.burst),
                                "budget: ports x sources x targets"});
  finding.remedies = ways_past_the_ceiling(f);
  return finding;
}

namespace {

// Each connection beyond the first half of the range has looked at all of that half, and each one
// that failed at the whole range.
std::optional<double> seconds_per_candidate(const Facts& f) {
  const auto ports = static_cast<double>(f.demand.ports);
  const auto late = static_cast<double>(f.run.tally.attempts_connected) - ports / 2;
  if (late < 1 || f.demand.sources * f.demand.targets != 1) return {};
  const double looked_at =
      late * ports / 2 + static_cast<double>(f.failed("EADDRNOTAVAIL")) * ports;
  return to_seconds(f.run.tally.time_in_connect_call) / looked_at;
}

}  // namespace

std::optional<Finding> port_search(const Facts& f) {
  const auto fastest = f.run.tally.connect.min();
  if (!f.linux || !f.demand.kernel_search || !fastest) return {};
  const bool half_is_taken = f.ports_held >= f.demand.ports / 2;
  const bool calls_are_long = f.mean_connect_call >= search_against_the_fastest * *fastest;
  if (!half_is_taken || !calls_are_long || f.share_connect_call < share_of_search_that_limits)
    return {};
  Finding finding;
  finding.id = "port-search";
  finding.severity = Severity::limit;
  finding.headline = fmt::format(
      "hammer spent {} of its time inside connect(), where the kernel looked for a free port: {} a "
      "call on average, {} at best.",
      percent(f.share_connect_call), format_duration(f.mean_connect_call),
      format_duration(*fastest));
  finding.why =
      "Linux walks the range in steps of two: first the ports of one parity, then the others. Once "
      "the first half is taken, each connect() looks at all of it before it finds a port, and the "
      "thread that calls it does nothing else meanwhile (inet_hashtables.c, __inet_hash_connect).";
  finding.evidence.push_back({"time inside connect()",
                              format_duration(to_seconds(f.run.tally.time_in_connect_call)),
                              "steady_clock around the calls"});
  add_port_evidence(f, finding.evidence);
  if (f.budget.search_slow_from)
    finding.evidence.push_back({"the search is slow from", fmt::format("{} ports held",
                                                                       format_count(*f.budget.search_slow_from)),
                                "budget: half of the range"});
  if (const auto cost = seconds_per_candidate(f))
    finding.evidence.push_back({"to look at one port the kernel took about",
                                fmt::format("{:.2f} us", *cost * 1e6),
                                "time inside connect() / ports looked at"});
  if (const auto range = f.run.limits.ports; range && f.budget.burst) {
    const double best = f.best_rate;
    std::string effect = "no search, because the option makes the step 1 (Linux 6.8)";
    if (best > 0)
      effect = fmt::format(
          "the same ceiling without the search (Linux 6.8), all {} ports used in about {}",
          format_count(*f.budget.burst),
          format_duration(static_cast<double>(*f.budget.burst) / best));
    finding.remedies.push_back({"--port-range " + range_text(*range), effect});
  }
  for (auto& remedy : ways_past_the_ceiling(f)) finding.remedies.push_back(std::move(remedy));
  return finding;
}

std::optional<Finding> time_wait_collision(const Facts& f) {
  // xnu up to macOS 14 picks sequence numbers and time stamps at random, so that a SYN that meets
  // the server's TIME_WAIT is mostly taken for an old duplicate (tcp_subr.c, tcp_new_isn).
  if (!f.macos || f.attempts_failed > f.run.tally.attempts_started / 100) return {};
  const auto stuck = static_cast<std::uint64_t>(
      std::count_if(f.run.tally.in_flight.begin(), f.run.tally.in_flight.end(), [](const auto& one) {
        return one.phase == Phase::connect && one.age > std::chrono::seconds(1);
      }));
  const bool wrapped = f.run.tally.attempts_connected >= f.demand.ports * 9 / 10;
  if (stuck * 2 < f.run.plan.connections || !wrapped) return {};
  Finding finding;
  finding.id = "time-wait-collision";
  finding.severity = Severity::limit;
  finding.headline = fmt::format(
      "After {} connections new SYNs met the server's TIME_WAIT and were ignored: {} of {} "
      "connections hung in connect() at the end.",
      format_count(f.run.tally.attempts_connected), format_count(stuck),
      format_count(f.run.plan.connections));
  finding.why =
      "macOS hands out source ports in order, so after one round it comes back to the first. The "
      "server closed first and still holds the old pair in TIME_WAIT, and macOS up to 14 picks "
      "sequence numbers at random, so three of four SYNs look like old duplicates. No port is in "
      "use, and no call fails: it hangs.";
  finding.evidence.push_back({"connects that were waiting longer than 1 s at the end",
                              format_count(stuck), "in flight at the deadline"});
  if (f.run.sockets_after)
    finding.evidence.push_back({"TIME_WAIT on the server's side", format_count(f.time_wait_server),
                                std::string(name(f.run.sockets_after->source))});
  finding.evidence.push_back({"usable source ports", format_count(f.demand.ports),
                              std::string(f.sources.ports)});
  if (!f.run.plan.keep_alive())
    finding.remedies.push_back({"leave out --disable-keepalive",
                                fmt::format("no ceiling, {} connections serve the whole run",
                                            format_count(f.run.plan.connections))});
  finding.remedies.push_back(
      {"sysctl net.inet.tcp.msl=1000 (root)", "TIME_WAIT lasts 2 s instead of 30"});
  return finding;
}

std::optional<Finding> time_wait_overflow(const Facts& f) {
  const auto overflows = f.counter("TcpExt.TCPTimeWaitOverflow");
  if (overflows <= 0) return {};
  Finding finding;
  finding.id = "time-wait-overflow";
  // It hides a ceiling only where there would be one.
  const bool hides = f.budget.burst && f.run.tally.attempts_connected > *f.budget.burst &&
                     f.failed("EADDRNOTAVAIL") == 0;
  finding.severity = hides ? Severity::limit : Severity::warning;
  finding.headline = fmt::format(
      "The TIME_WAIT table was full: {} sockets were closed without TIME_WAIT, as if there were no "
      "such state.",
      format_count(static_cast<std::uint64_t>(overflows)));
  finding.why =
      "Beyond tcp_max_tw_buckets Linux drops TIME_WAIT instead of keeping it. Ports come back at "
      "once, so a ceiling that other machines have does not show here, and late segments of an old "
      "connection may reach a new one.";
  finding.evidence.push_back({"sockets without TIME_WAIT",
                              format_count(static_cast<std::uint64_t>(overflows)),
                              "/proc/net/netstat: TCPTimeWaitOverflow, whole namespace"});
  if (f.run.limits.max_time_wait)
    finding.evidence.push_back({"size of the table", format_count(*f.run.limits.max_time_wait),
                                std::string(f.sources.max_time_wait)});
  if (f.budget.burst) {
    finding.evidence.push_back({"connections that the ports allow otherwise",
                                format_count(*f.budget.burst),
                                "budget: ports x sources x targets"});
    finding.remedies.push_back(
        {fmt::format("sysctl net.ipv4.tcp_max_tw_buckets={} (root)", 2 * *f.budget.burst),
         fmt::format("TIME_WAIT is kept, and the ceiling of {} connections shows",
                     format_count(*f.budget.burst))});
  }
  return finding;
}

std::optional<Finding> harmless_time_wait(const Facts& f) {
  const auto all = f.time_wait_client + f.time_wait_server;
  if (all == 0 || f.failed("EADDRNOTAVAIL") > 0) return {};
  if (f.demand.ports > 0 && f.time_wait_client * 2 > f.demand.ports) return {};
  Finding finding;
  finding.id = "none";
  finding.severity = Severity::note;
  if (f.time_wait_server > f.time_wait_client) {
    finding.headline = fmt::format(
        "{} TIME_WAIT sockets on the server's side are no limit.", format_count(f.time_wait_server));
    finding.why =
        "Their local port is the server's own, so they hold none of the client's, and on Linux a "
        "new SYN takes them over. They cost a few hundred bytes each and go after 60 s.";
  } else {
    finding.headline = fmt::format("{} TIME_WAIT sockets on the client's side are far from a limit.",
                                   format_count(f.time_wait_client));
    finding.why = fmt::format("They hold {} of {} usable source ports towards this target.",
                              format_count(f.time_wait_client), format_count(f.demand.ports));
  }
  if (f.run.sockets_after)
    finding.evidence.push_back({"TIME_WAIT, client's side / server's side",
                                fmt::format("{} / {}", format_count(f.time_wait_client),
                                            format_count(f.time_wait_server)),
                                std::string(name(f.run.sockets_after->source))});
  return finding;
}

}  // namespace tws::diagnosis
