#include "diagnose/findings.hpp"
#include "support/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

namespace tws::diagnosis {
namespace {

constexpr double share_of_search_that_limits = 0.25;
// A call that looks through half of the range takes many times as long as one that finds at once.
constexpr double search_against_the_fastest = 3;

std::string range_text(const PortRange& ports) {
  return fmt::format("{}-{}", ports.low, ports.high);
}

// How many of the ports were held, and which ports these are.
void add_ports(const Facts& f, std::vector<Evidence>& evidence) {
  const auto range = f.run.plan.port_range ? f.run.plan.port_range : f.run.limits.ports;
  const auto which = range ? fmt::format("ports of {}", range_text(*range)) : "source ports";
  if (f.run.sockets_after)
    evidence.push_back(
        {fmt::format("{} held, at most", which),
         fmt::format("{} of {}", format_count(f.ports_held), format_count(f.demand.ports)),
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

void describe_reuse(const Facts& f, Finding& finding) {
  finding.headline = fmt::format(
      "{} all {} source ports were in use, and connect() failed with EADDRNOTAVAIL, {} times in "
      "all: ports come back {} after a close, and hammer was faster.",
      until_the_first(f), format_count(f.budget.tuples), format_count(f.failed(EADDRNOTAVAIL)),
      format_duration(f.budget.hold_seconds));
  finding.why =
      "hammer closed first, so each port stays in TIME_WAIT on its side. tcp_tw_reuse gives it to "
      "a "
      "new connection after its delay. Connections per second can't exceed ports divided by that "
      "delay, whatever the server can do.";
  if (f.budget.sustained_per_second)
    finding.evidence.push_back({"connections per second that the ports allow",
                                rounded(*f.budget.sustained_per_second),
                                fmt::format("{} / {}", format_count(f.budget.tuples),
                                            format_duration(f.budget.hold_seconds))});
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
      "after it, too: begin the next run towards this target with --wait-drain.",
      format_duration(f.budget.hold_seconds),
      f.demand.targets_multiply ? "the same target" : "any target");
  add_ports(f, finding.evidence);
  add_time_wait(f, finding.evidence);
  add_hold(f, finding.evidence);
  add_need(f, finding.evidence);
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

std::optional<Finding> ephemeral_ports(const Facts& f) {
  if (f.failed(EADDRNOTAVAIL) == 0 || ports_come_back(f) || no_address(f)) return {};
  return out_of_ports(f, f.budget.burst ? describe_exhaustion : describe_too_many_at_once);
}

std::optional<Finding> time_wait_reuse(const Facts& f) {
  if (f.failed(EADDRNOTAVAIL) == 0 || !ports_come_back(f) || no_address(f)) return {};
  return out_of_ports(f, describe_reuse);
}

namespace {

// Each connection beyond the first half of the range has looked at all of that half, and each one
// that failed at the whole range.
std::optional<double> seconds_per_candidate(const Facts& f) {
  const auto ports = static_cast<double>(f.demand.ports);
  const auto late = static_cast<double>(f.run.tally.attempts_connected) - ports / 2;
  if (late < 1 || f.demand.sources * f.demand.targets != 1) return {};
  const double looked_at = late * ports / 2 + static_cast<double>(f.failed(EADDRNOTAVAIL)) * ports;
  return to_seconds(f.run.tally.time_in_connect_call) / looked_at;
}

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

// IP_LOCAL_PORT_RANGE over the whole range: the same ports without the search.
std::optional<Remedy> same_range_as_an_option(const Facts& f) {
  const auto range = f.run.limits.ports;
  if (!range || !f.budget.burst) return {};
  // With random steps it still meets ports that are held, but of no parity all of them.
  std::string effect =
      port_step_width(f) > 0
          ? "no search of one half before the other, as no parity comes first (Linux 6.8)"
          : "no search, since the kernel then takes ports in steps of one (Linux 6.8)";
  if (f.best_rate > 0)
    effect += fmt::format("; the ceiling stays: all {} ports are used in about {}",
                          format_count(*f.budget.burst),
                          format_duration(static_cast<double>(*f.budget.burst) / f.best_rate));
  return Remedy{"--port-range " + range_text(*range), effect};
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
  finding.severity = Severity::limit;
  finding.headline = fmt::format(
      "hammer's threads spent {} of their time inside connect(), where the kernel looked for a "
      "free "
      "port: {} a call on average, {} at best.",
      percent(f.share_connect_call), format_duration(f.mean_connect_call),
      format_duration(*fastest));
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
  if (const auto cost = seconds_per_candidate(f))
    finding.evidence.push_back({"a look at one port", fmt::format("{:.3g} ns", *cost * 1e9),
                                "time inside connect() / ports looked at"});
  add_port_steps(f, finding);
  std::ptrdiff_t without_a_ceiling = 0;
  if (!ran_out) {
    add_hold(f, finding.evidence);
    finding.remedies = ways_past_the_ceiling(f);
    without_a_ceiling = static_cast<std::ptrdiff_t>(ways_without_a_ceiling(f).size());
  }
  // Behind what has no ceiling, and before what costs a setting of the system.
  if (auto remedy = same_range_as_an_option(f))
    finding.remedies.insert(finding.remedies.begin() + without_a_ceiling, std::move(*remedy));
  return finding;
}

}  // namespace tws::diagnosis
