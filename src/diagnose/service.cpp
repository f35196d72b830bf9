// How the server answers: one at a time, so many at a time, slowly, in pieces, without an end.
#include "diagnose/findings.hpp"
#include "support/units.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tws::diagnosis {
namespace {

constexpr double share_that_limits = 0.1;  // of the connection-seconds

// Nearly all connections waited for an answer all the time, and neither end was busy.
bool only_waits(const Facts& f) {
  if (f.response_rate <= 0 || f.mean_latency <= 0 || !both_are_idle(f) || way_is_full(f))
    return false;
  const double waiting = f.response_rate * f.mean_latency;  // Little's law
  return waiting >= 0.8 * f.run.plan.connections && f.share_wait + f.share_in(Phase::read) >= 0.8;
}

// A request stands in line for most of its time, if the fastest one is how long they all take. With
// service times that vary it proves nothing.
bool looks_like_a_line(const Facts& f) {
  constexpr double times = 3;
  return f.mean_latency >= times * f.fastest_latency && !unequal_latency(f);
}

// What the server waits for may run on this machine, too.
std::string idle_or_unknown(const Facts& f) {
  if (!server_cpu_known(f)) return "Whether its CPU is busy is not known.";
  constexpr double little = 0.5, much = 0.8;  // cores
  const double others = busy_others(f);
  if (servers_busy(f) >= little)
    return fmt::format("It used {}{}.", cores(servers_busy(f)),
                       f.server->busiest_thread < much ? ", and no thread of it was always busy"
                                                       : ", which the requests did not wait for");
  if (others < much || f.server_is_elsewhere) return "The server's CPU is idle.";
  return fmt::format(
      "It has CPU to spare itself, but other programs on this machine use {}: if it waits for one "
      "of them, such as a database or an upstream, that program's CPU may be the limit.",
      cores(others));
}

void add_trials(const Facts& f, std::vector<Evidence>& evidence) {
  for (const Trial& trial : f.run.trials)
    evidence.push_back({fmt::format("responses per second with {}", trial.change),
                        rounded(trial.rate), "--prove"});
}

void add_common_evidence(const Facts& f, std::vector<Evidence>& evidence) {
  add_trials(f, evidence);
  add_server_evidence(f, evidence);
  add_client_evidence(f, evidence);
}

// To another machine the path may be what serves so many at a time.
void add_way(const Facts& f, Finding& finding) {
  if (!f.on_loopback) finding.why += " A full link on the way there looks the same.";
}

bool is_fixed(const Facts& f) {
  return f.share_wait >= 0.8 && f.rate_stays && !f.rate_follows && only_waits(f);
}

}  // namespace

std::optional<double> served_at_once(const Facts& f) {
  if (f.run.plan.connections == 1) return 1;
  if (!f.one || f.one->rate <= 0) return {};
  return f.response_rate / f.one->rate;
}

std::optional<Finding> server_keeps_open(const Facts& f) {
  const auto overdue = f.run.tally.server_kept_open;
  const double share = f.share_in(Phase::close);
  constexpr double most = 0.5;  // of the time: then it is the limit, however short each wait is
  if (share < (overdue > 0 ? share_that_limits : most)) return {};
  Finding finding;
  finding.severity = Severity::limit;
  finding.certainty = Certainty::measured;
  finding.headline =
      overdue > 0
          ? fmt::format(
                "The server was to close {} and did not within a second: hammer spent {} of "
                "its connections' time waiting for that.",
                plural(overdue, "connection"), percent(share))
          : fmt::format(
                "The server is slow to close: hammer spent {} of its connections' time "
                "waiting for that after the response.",
                percent(share));
  finding.why =
      "hammer asks with 'Connection: close', and then waits for the server's FIN so that TIME_WAIT "
      "is on the server's side. A server may ignore it, or leave the FIN to the client.";
  finding.evidence.push_back(
      {"connection-seconds spent waiting for the FIN", percent(share), "phase close"});
  finding.remedies.push_back(
      {"--close-by client", "hammer closes after the response, and keeps the TIME_WAIT"});
  finding.remedies.push_back({"leave out --disable-keepalive", "connections are kept"});
  return finding;
}

std::optional<Finding> server_sequential(const Facts& f) {
  if (!is_fixed(f) || f.rate_falls || served_at_once(f).value_or(9) > 1.5) return {};
  const Trial& other = f.one ? *f.one : *f.twice;
  Finding finding;
  finding.severity = Severity::limit;
  finding.certainty = f.on_loopback ? Certainty::measured : Certainty::possible;
  finding.headline = fmt::format(
      "Requests are answered one after another: {} responses per second with {}, {} with {}.",
      rounded(f.response_rate), plural(f.run.plan.connections, "connection"), rounded(other.rate),
      plural(other.connections, "connection"));
  finding.why = fmt::format(
      "{} Either the server works on one request at a time, or something lets so many through per "
      "second: a lock, a rate limiter, one worker behind it.{}",
      idle_or_unknown(f),
      f.run.plan.connections == 1
          ? std::string()
          : fmt::format(" A request takes {} on average because it stands in line behind the rest.",
                        format_duration(f.mean_latency)));
  add_way(f, finding);
  add_common_evidence(f, finding.evidence);
  finding.remedies.push_back(
      {"serve requests at the same time (tws-server: --mode spawn)",
       fmt::format("between {} and {} responses per second with these connections",
                   rounded(f.response_rate),
                   rounded(f.response_rate * std::max(f.run.plan.connections, 2U)))});
  return finding;
}

std::optional<Finding> fixed_concurrency(const Facts& f) {
  const bool measured = is_fixed(f);
  if ((f.run.plan.connections < 2 && !measured) || !only_waits(f) || f.share_wait < 0.8 ||
      server_sequential(f))
    return {};
  if (!measured && (f.twice || !looks_like_a_line(f))) return {};
  Finding finding;
  finding.severity = Severity::limit;
  finding.certainty = measured && f.on_loopback ? Certainty::measured : Certainty::possible;
  const auto connections = f.run.plan.connections;
  if (measured) {
    const auto at_once = served_at_once(f);
    finding.headline = fmt::format(
        "{}: {} responses per second with {}, {} with {}{}.",
        f.rate_falls ? "More connections do harm" : "More connections only queue",
        rounded(f.response_rate), plural(connections, "connection"), rounded(f.twice->rate),
        format_count(2 * connections),
        at_once && !f.rate_falls ? fmt::format("; about {:.0f} are served at a time", *at_once)
                                 : std::string());
    finding.why = fmt::format(
        f.rate_falls
            ? fmt::runtime(
                  "{} It gets slower with more connections: they compete for a lock, a cache, "
                  "memory or a disk.")
            : fmt::runtime("{} Something serves a fixed number at a time, or so many per second: a "
                           "pool of workers, of threads or of connections to a database, a lock, a "
                           "rate limiter, a proxy's upstream."),
        idle_or_unknown(f));
    add_way(f, finding);
  } else {
    finding.headline =
        fmt::format("Requests seem to stand in line: the fastest took {}, on average they took {}.",
                    format_duration(f.fastest_latency), format_duration(f.mean_latency));
    finding.why = fmt::format(
        "{} If all requests are as much work as the fastest, the server serves a fixed number at a "
        "time, and more connections only wait longer. If they differ, it may be that most of them "
        "are slow.",
        idle_or_unknown(f));
  }
  finding.evidence.push_back(
      {"fastest, mean",
       fmt::format("{}, {}", format_duration(f.fastest_latency), format_duration(f.mean_latency)),
       "hammer"});
  add_common_evidence(f, finding.evidence);
  const Trial* fewer = f.half && (!f.one || f.half->rate >= f.one->rate) ? f.half : f.one;
  if (f.rate_falls && fewer && fewer->rate > f.response_rate)
    finding.remedies.push_back(
        {fewer->change, fmt::format("{} responses per second, as measured by "
                                    "--prove",
                                    rounded(fewer->rate))});
  else if (measured)
    finding.remedies.push_back({"more workers, threads or pooled connections in the server",
                                "more are served at a time, until something else is full"});
  else
    finding.remedies.push_back(
        {"--prove", fmt::format("tries half and twice the {} connections after the run: the rate "
                                "stays where they only queue",
                                format_count(connections))});
  return finding;
}

std::optional<Finding> slow_body(const Facts& f) {
  const double reading = f.share_in(Phase::read);
  if (reading < 0.5 || f.response_rate <= 0 || !both_are_idle(f) || way_is_full(f)) return {};
  const double first = f.run.tally.first_byte.quantile(0.5).value_or(0);
  const double last = f.run.tally.latency.quantile(0.5).value_or(0);
  const auto size = f.run.tally.body_bytes / std::max<std::uint64_t>(f.run.tally.responses(), 1);
  // Linux delays an acknowledgement by 40 ms (include/net/tcp.h: TCP_DELACK_MIN).
  const double body = last - first;
  const bool nagle = body > 0.038 && body < 0.048 && size < 64 * 1024;
  Finding finding;
  finding.severity = Severity::limit;
  finding.certainty = Certainty::measured;
  finding.headline = fmt::format(
      "Responses come in pieces: {} of the connections' time passes between the first byte of a "
      "response and its last.",
      percent(reading));
  finding.why =
      nagle
          ? "The rest comes about 40 ms after the first part. A server gets that if it writes head "
            "and body with two calls: Nagle's algorithm holds the second part back until the "
            "client acknowledges the first, which Linux delays by 40 ms. A server that pauses that "
            "long between the two looks the same."
      : both_ends_seen(f)
          ? "Neither end is busy, and the kernel saw no full link and no full window. The server "
            "writes its body slowly or in parts."
          : "Neither end is busy. The server writes its body slowly or in parts, or the way to "
            "here is full: which of them does not show in these numbers.";
  if (const auto trip = round_trip(f); !nagle && trip.value_or(0) >= shortest_round_trip)
    finding.why += fmt::format(
        " A connection that is new, or was idle, begins with some 14 kB per round trip (of {} "
        "here), so a large body takes several.",
        format_duration(*trip));
  finding.evidence.push_back({"connection-seconds spent reading", percent(reading), "phase read"});
  finding.evidence.push_back({"half of the responses: first byte, last byte",
                              fmt::format("{}, {}", format_duration(first), format_duration(last)),
                              "hammer"});
  finding.evidence.push_back(
      {"body per response", fmt::format("{} bytes", format_count(size)), "hammer"});
  finding.evidence.push_back(
      {"all bodies per second",
       fmt::format("{:.1f} Mbit/s",
                   static_cast<double>(f.run.tally.body_bytes) * 8e-6 / std::max(f.seconds, 1e-9)),
       "hammer"});
  add_server_evidence(f, finding.evidence);
  if (nagle)
    finding.remedies.push_back({"TCP_NODELAY in the server, or head and body in one write",
                                "a response takes about 40 ms less, if that is the reason"});
  else if (!both_ends_seen(f))
    finding.remedies.push_back({"compare the bytes per second with what the link can carry",
                                "if they are the same, the link is the limit"});
  return finding;
}

std::optional<Finding> server_latency(const Facts& f) {
  if (!only_waits(f) || f.share_wait < 0.8 || is_fixed(f) ||
      (f.run.plan.connections > 1 && !f.twice && looks_like_a_line(f)))
    return {};
  const double mean = f.mean_latency;
  const auto connections = f.run.plan.connections;
  Finding finding;
  finding.severity = Severity::limit;
  finding.certainty = f.rate_follows ? Certainty::measured : Certainty::concluded;
  finding.headline = fmt::format(
      "The server takes its time: {} each {} {} responses per second.",
      connections == 1 ? fmt::format("1 connection that waits {}", format_duration(mean))
                       : fmt::format("{} connections that wait {}", format_count(connections),
                                     format_duration(mean)),
      connections == 1 ? "time makes" : "make", rounded(f.response_rate));
  finding.why = fmt::format(
      "{} hammer's CPU is idle, so the time passes in the server, or in what it waits for: a "
      "database, a disk, "
      "another service{}.",
      idle_or_unknown(f), f.on_loopback ? "" : ", the network");
  finding.evidence.push_back(
      {"connection-seconds spent waiting for an answer", percent(f.share_wait), "phase wait"});
  finding.evidence.push_back({"connections waiting at the same time",
                              fmt::format("{:.1f}", f.response_rate * mean),
                              "rate x mean latency"});
  add_common_evidence(f, finding.evidence);
  // No line was seen: all take about as long as the fastest.
  constexpr double alike = 1.5;
  std::string effect =
      f.changed ? std::string("not known: the server was faster or slower in the trials of --prove")
      : f.twice_failed ? fmt::format("does not work: {} of the requests succeeded (--prove)",
                                     percent(f.twice_failed->got_through))
      : f.twice
          ? fmt::format("{} responses per second, as measured by --prove", rounded(f.twice->rate))
      : mean <= alike * f.fastest_latency && !unequal_latency(f) && !drift(f)
          ? fmt::format(
                "up to {} responses per second, if the server stays as fast; --prove "
                "measures it",
                rounded(2 * f.response_rate))
          : fmt::format("between {} and {} responses per second; --prove measures it",
                        rounded(f.response_rate), rounded(2 * f.response_rate));
  finding.remedies.push_back({fmt::format("-c {}", 2 * connections), std::move(effect)});
  return finding;
}

}  // namespace tws::diagnosis
