#include "diagnose/findings.hpp"
#include "diagnose/port_ways.hpp"
#include "support/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

namespace tws::diagnosis {
namespace {

constexpr double share_of_search_that_limits = 0.25;
// A call that looks through half of the range takes many times as long as one that finds at once.
constexpr double search_against_the_fastest = 3;
// Where no call was without it: on loopback connect() takes some 20 us.
constexpr double shortest_search = 100e-6;  // seconds

std::string range_text(const PortRange& ports) {
  return fmt::format("{}-{}", ports.low, ports.high);
}

// How many of the ports were held, and which ports these are.
void add_ports(const Facts& f, std::vector<Evidence>& evidence) {
  const auto range = f.run.plan.port_range ? f.run.plan.port_range : f.run.limits.ports;
  const auto which = range ? fmt::format("ports of {}", range_text(*range)) : "source ports";
  if (f.run.sockets_after)
    evidence.push_back({fmt::format("{} held, at most", which),
                        fmt::format("{} of {}", format_count(f.ports_held), tuples_text(f)),
                        std::string(name(f.run.sockets_after->source))});
  else if (range)
    evidence.push_back({fmt::format("{} that can be used", which), format_count(f.demand.ports),
                        f.run.plan.port_range ? "--port-range" : std::string(f.sources.ports)});
}

void add_hold(const Facts& f, std::vector<Evidence>& evidence) {
  if (!f.budget.burst) return;
  evidence.push_back(
      {"a port is held for", format_duration(f.budget.hold_seconds),
       std::string(f.reuse_applies ? f.sources.reuse_delay_seconds : f.sources.time_wait_seconds)});
}

void add_time_wait(const Facts& f, std::vector<Evidence>& evidence) {
  if (f.run.sockets_after)
    evidence.push_back({"TIME_WAIT on the client's side at the end",
                        format_count(f.time_wait_client),
                        std::string(name(f.run.sockets_after->source))});
}

void add_time_wait_before(const Facts& f, std::vector<Evidence>& evidence) {
  if (f.run.sockets_before)
    evidence.push_back({"TIME_WAIT on the client's side at the start",
                        format_count(f.run.sockets_before->client[TcpState::TimeWait]),
                        std::string(name(f.run.sockets_before->source))});
}

// What the run would have needed, for the remedies to be held against.
void add_need(const Facts& f, std::vector<Evidence>& evidence) {
  if (!f.connections_wanted || f.run.plan.requests || f.run.plan.rate) return;
  evidence.push_back({"connections that it could have made",
                      fmt::format("~{}", roughly(*f.connections_wanted)),
                      f.demand.kernel_search ? "fastest 100 ms x time" : "rate until then x time"});
}

// "After 16,384 connections in 5.63 s (2,910/s)"
std::string until_the_first(const Facts& f) {
  if (!f.while_ports_lasted) return "From the start";
  return fmt::format(
      "After {} connections in {} ({}/s)", format_count(f.while_ports_lasted->connections),
      format_duration(f.while_ports_lasted->seconds), rounded(f.while_ports_lasted->rate()));
}

void describe_too_many_at_once(const Facts& f, Finding& finding) {
  finding.headline = fmt::format(
      "{} connections at once need more source ports than there are for {}: connect() failed {} "
      "times with EADDRNOTAVAIL, first after {}.",
      format_count(f.run.plan.connections), targets_of(f.run),
      format_count(f.failed(EADDRNOTAVAIL)), format_duration(f.first_failed(EADDRNOTAVAIL)));
  finding.why =
      "An open connection holds one port of the range for its target. With none free connect() "
      "fails at once, and the server never sees the attempt.";
  add_ports(f, finding.evidence);
  finding.evidence.push_back(
      {"connection-seconds spent pausing for a port", percent(f.share_backoff), "phase backoff"});
}

// An earlier run, or other programs, have them all towards this target.
bool all_were_held_before(const Facts& f) {
  return !f.budget.burst && f.demand.held >= f.budget.tuples;
}

void describe_held_before(const Facts& f, Finding& finding) {
  finding.headline = fmt::format(
      "All {} source ports were held before the run began: connect() to {} failed {} times with "
      "EADDRNOTAVAIL.",
      format_count(f.budget.tuples), targets_of(f.run), format_count(f.failed(EADDRNOTAVAIL)));
  finding.why =
      "TIME_WAIT of an earlier run holds a port for this target until it ends, and so does each "
      "open connection of another program. With no port free connect() fails at once.";
  add_ports(f, finding.evidence);
  add_time_wait_before(f, finding.evidence);
}

void describe_reuse(const Facts& f, Finding& finding) {
  finding.headline = fmt::format(
      "{} all {} source ports were in use, and connect() failed with EADDRNOTAVAIL, {} times in "
      "all: ports come back {} after a close, and hammer was faster.",
      until_the_first(f), format_count(f.budget.tuples), format_count(f.failed(EADDRNOTAVAIL)),
      format_duration(f.budget.hold_seconds));
  finding.why =
      "hammer closed first, so each port stays in TIME_WAIT on its side. tcp_tw_reuse gives it to "
      "a "
      "new connection after its delay. A port is in use while its connection is open, and for that "
      "delay. Connections per second can't exceed ports divided by both together, whatever the "
      "server can do.";
  if (f.budget.sustained_per_second)
    finding.evidence.push_back(
        {"connections per second that the ports allow", rounded(*f.budget.sustained_per_second),
         fmt::format("{} / {}", format_count(f.budget.tuples), format_duration(port_cycle(f)))});
  finding.evidence.push_back({"and that were made", rounded(f.attempt_rate), "whole run"});
  add_ports(f, finding.evidence);
  finding.evidence.push_back({"TIME_WAIT taken over",
                              format_count(static_cast<std::uint64_t>(
                                  std::max<std::int64_t>(f.counter("TcpExt.TWRecycled"), 0))),
                              "/proc/net/netstat: TWRecycled, whole namespace"});
}

void describe_exhaustion(const Facts& f, Finding& finding) {
  finding.headline = fmt::format(
      "{} the client had no source port left for {}, and connect() failed with EADDRNOTAVAIL, {} "
      "times in all.",
      until_the_first(f), targets_of(f.run), format_count(f.failed(EADDRNOTAVAIL)));
  finding.why = fmt::format(
      "hammer closed first, so each port stays in TIME_WAIT on its side for {} and can't be used "
      "for {} meanwhile. With the whole range in that state connect() fails before a packet is "
      "sent: the server never saw these attempts. The ports of this run are held for that long "
      "after it, too.",
      format_duration(f.budget.hold_seconds),
      f.demand.targets_multiply ? "the same target" : "any target");
  if (nothing_came_back(f.run))
    finding.why +=
        " tcp_tw_reuse did not shorten it: it needs TCP time stamps, and the server has them off.";
  add_ports(f, finding.evidence);
  add_time_wait(f, finding.evidence);
  add_hold(f, finding.evidence);
  if (nothing_came_back(f.run))
    finding.evidence.push_back({"TIME_WAIT taken over", "0", "/proc/net/netstat: TWRecycled"});
  add_need(f, finding.evidence);
}

// --ports rotate, and bind() refuses the ports.
void describe_taken(const Facts& f, Finding& finding) {
  finding.headline = fmt::format(
      "No port could be bound for {}: bind() failed with EADDRINUSE, {} times in all, first after "
      "{}.",
      targets_of(f.run), format_count(f.failed(EADDRINUSE)),
      format_duration(f.first_failed(EADDRINUSE)));
  finding.why =
      "--ports rotate binds its ports itself. Sockets have them already: those of another program, "
      "or TIME_WAIT that a run without --ports rotate left. Such a port can't be bound until its "
      "TIME_WAIT ends, after 60 s.";
  finding.evidence.push_back({"attempts that failed",
                              fmt::format("{} EADDRINUSE", format_count(f.failed(EADDRINUSE))),
                              "errno of bind()"});
  add_time_wait_before(f, finding.evidence);
  finding.remedies = ways_past_the_ceiling(f);
}

// The ceiling itself was reached, however little time was left then.
bool is_used_up(const Facts& f) {
  return f.budget.burst && !f.reuse_applies && f.run.tally.attempts_connected >= *f.budget.burst;
}

bool ports_come_back(const Facts& f) {
  return f.budget.burst && f.reuse_applies;
}

Finding out_of_ports(const Facts& f, void (*describe)(const Facts&, Finding&)) {
  Finding finding;
  finding.severity =
      f.held_up_by(f.failed(EADDRNOTAVAIL)) || is_used_up(f) ? Severity::limit : Severity::warning;
  describe(f, finding);
  finding.remedies = ways_past_the_ceiling(f);
  return finding;
}

}  // namespace

std::string tuples_text(const Facts& f) {
  const Demand& d = f.demand;
  std::string text = format_count(f.budget.tuples);
  if (f.budget.tuples == d.ports) return text;
  text += fmt::format(" ({}", plural(d.ports, "port"));
  if (d.sources > 1) text += fmt::format(" x {} source addresses", format_count(d.sources));
  if (d.targets > 1) text += fmt::format(" x {} targets", format_count(d.targets));
  return text + ")";
}

double port_cycle(const Facts& f) {
  return f.demand.life_seconds + f.demand.hold_seconds;
}

bool ports_are_taken(const Facts& f) {
  return f.run.plan.ports == PortChoice::rotate && f.failed(EADDRINUSE) > 0;
}

std::optional<Finding> ephemeral_ports(const Facts& f) {
  if (ports_are_taken(f)) {
    Finding finding;
    const auto failed = f.failed(EADDRINUSE);
    finding.severity = f.run.tally.attempts_connected == 0 || f.held_up_by(failed)
                           ? Severity::limit
                           : Severity::warning;
    describe_taken(f, finding);
    return finding;
  }
  if (f.failed(EADDRNOTAVAIL) == 0 || ports_come_back(f) || no_address(f)) return {};
  return out_of_ports(f, f.budget.burst            ? describe_exhaustion
                         : all_were_held_before(f) ? describe_held_before
                                                   : describe_too_many_at_once);
}

std::optional<Finding> time_wait_reuse(const Facts& f) {
  if (f.failed(EADDRNOTAVAIL) == 0 || !ports_come_back(f) || no_address(f)) return {};
  return out_of_ports(f, describe_reuse);
}

namespace {

// 0: none, or not known.
std::uint64_t port_step_width(const Facts& f) {
  return f.run.limits.port_step_width.value_or(0);
}

void add_port_steps(const Facts& f, Finding& finding) {
  if (port_step_width(f) == 0) return;
  finding.why +=
      " Its steps are of random length here (ip_local_port_step_width), which changes the order of "
      "the ports, but neither their number nor which half comes first.";
  finding.evidence.push_back({"net.ipv4.ip_local_port_step_width", format_count(port_step_width(f)),
                              std::string(f.sources.port_step_width)});
}

}  // namespace

std::optional<Finding> port_search(const Facts& f) {
  const auto fastest = f.run.tally.connect.min();
  if (!f.linux || !f.demand.kernel_search || !fastest) return {};
  const auto half = f.budget.tuples / 2;
  // Then the fastest call has searched, too.
  const bool from_the_start = f.demand.held >= half;
  const bool calls_are_long = from_the_start
                                  ? f.mean_connect_call >= shortest_search
                                  : f.mean_connect_call >= search_against_the_fastest * *fastest;
  if (f.ports_held < half || !calls_are_long || f.share_connect_call < share_of_search_that_limits)
    return {};
  Finding finding;
  finding.severity = Severity::limit;
  finding.headline = fmt::format(
      "hammer's threads spent {} of their time inside connect(), where the kernel looked for a "
      "free port: {} a call on average, {}.",
      percent(f.share_connect_call), format_duration(f.mean_connect_call),
      from_the_start
          ? fmt::format("as {} ports were held from the start", format_count(f.demand.held))
          : format_duration(*fastest) + " at best");
  finding.why =
      "Linux walks the range in steps of two: first the ports of one parity, then the others. Once "
      "the first half is taken, each connect() looks at all of it before it finds a port, and the "
      "thread that calls it does nothing else meanwhile (inet_hashtables.c, __inet_hash_connect).";
  // Where ports ran out in the end, that finding has them, and the ways past it.
  const bool ran_out = f.failed(EADDRNOTAVAIL) > 0;
  if (!ran_out) add_ports(f, finding.evidence);
  if (f.budget.search_slow_from)
    finding.evidence.push_back(
        {"the search is slow from",
         fmt::format("{} ports held", format_count(*f.budget.search_slow_from)),
         "half of the range"});
  if (f.search_cost)
    finding.evidence.push_back({"a look at one port",
                                fmt::format("{:.3g} ns", *f.search_cost * 1e9),
                                "time inside connect() / ports looked at"});
  add_port_steps(f, finding);
  std::ptrdiff_t without_a_ceiling = 0;
  if (!ran_out) {
    add_hold(f, finding.evidence);
    finding.remedies = ways_past_the_ceiling(f);
    without_a_ceiling = static_cast<std::ptrdiff_t>(ways_without_a_ceiling(f).size());
  }
  // Behind what has no ceiling, and before what costs a setting of the system.
  if (auto way = same_range_as_an_option(f))
    finding.remedies.insert(finding.remedies.begin() + without_a_ceiling, std::move(way->remedy));
  return finding;
}

}  // namespace tws::diagnosis
