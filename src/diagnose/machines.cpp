#include "findings.hpp"

#include "tws/support/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace tws::diagnosis {
namespace {

constexpr double share_of_connect_that_limits = 0.10;
// Of a core, or of all: what is always running or ready. The rest goes to the kernel's own work and,
// on a virtual machine, to its neighbours.
constexpr double full_thread = 0.85;
constexpr double full_machine = 0.85;
constexpr double idle_thread = 0.50;
constexpr double shortest_run = 0.5;   // seconds; CPU times come in steps of 10 ms

std::string cores(double busy) {
  return fmt::format("{:.2f} cores", busy);
}

std::uint64_t whole(double value) {
  return static_cast<std::uint64_t>(std::max(std::llround(value), 0LL));
}

// Of the server's answers: with a rate, without the time that they waited for a connection.
double fastest_latency(const Facts& f) {
  if (const auto fastest = f.run.tally.service_time.min()) return *fastest;
  const double fastest = f.run.tally.latency.min().value_or(0);
  return fastest > 0 ? fastest : f.run.tally.latency_of_refused.min().value_or(0);
}

double mean_latency(const Facts& f) {
  if (const auto mean = f.run.tally.service_time.mean()) return *mean;
  const double mean = f.run.tally.latency.mean().value_or(0);
  return mean > 0 ? mean : f.run.tally.latency_of_refused.mean().value_or(0);
}

// Busy with all threads, or left without a core by what else runs here.
bool client_is_busy(const Facts& f) {
  return f.seconds >= shortest_run && f.run.plan.threads > 0 &&
         f.run.cpu.busy / f.run.plan.threads >= full_thread;
}

bool server_is_busy(const Facts& f) {
  return f.seconds >= shortest_run && f.server && f.server->busiest_thread >= full_thread;
}

double busy_servers(const Facts& f) {
  double busy = 0;
  for (const auto& server : f.run.cpu.servers) busy += server.busy;
  return busy;
}

// No core of the machine had time left, or none that hammer may use (taskset), for whatever programs.
bool machine_is_full(const Facts& f) {
  const auto& cpu = f.run.cpu;
  if (f.seconds < shortest_run) return false;
  const bool all = cpu.machine_busy && cpu.machine_cores > 0 &&
                   *cpu.machine_busy >= full_machine * cpu.machine_cores;
  const bool own = f.run.environment.cpus > 0 && f.server &&
                   cpu.busy + busy_servers(f) >= full_machine * f.run.environment.cpus;
  return all || own;
}

// The server has CPU to spare, or nothing is known of it, and so has hammer.
bool both_are_idle(const Facts& f) {
  const bool server_idle = !f.server || f.server->busiest_thread < idle_thread;
  // A rate that includes pauses for want of ports, or that the plan sets, says nothing about the
  // server.
  return !f.rate_is_kept && f.seconds >= shortest_run && !f.held_up_by(0) &&
         server_idle && f.run.cpu.busiest_thread < idle_thread && !machine_is_full(f);
}

void add_server_evidence(const Facts& f, std::vector<Evidence>& evidence) {
  if (f.server)
    evidence.push_back({fmt::format("CPU of the server's busiest thread ({}, pid {})",
                                    f.server->name, f.server->pid),
                        percent(f.server->busiest_thread), "/proc/PID/task/TID/stat"});
  else
    evidence.push_back({"CPU of the server", "unknown", "not on this machine, or not readable"});
}

void add_client_evidence(const Facts& f, std::vector<Evidence>& evidence) {
  evidence.push_back({"CPU of hammer's busiest thread", percent(f.run.cpu.busiest_thread),
                      "getrusage(RUSAGE_THREAD)"});
}

}  // namespace

std::string targets_of(const Run& run) {
  std::string text;
  for (const auto& target : run.targets)
    text = fmt::format("{}{}{}", text, text.empty() ? "" : ", ", target.address);
  return text;
}

std::string percent(double share) {
  return fmt::format("{:.0f}%", share * 100);
}

std::optional<Finding> unreachable(const Facts& f) {
  const Tally& tally = f.run.tally;
  if (tally.attempts_connected > 0 || tally.attempts_started == 0) return {};
  if (f.failed("EADDRNOTAVAIL") + f.failed("EMFILE") > 0) return {};
  Finding finding;
  finding.id = "unreachable";
  finding.severity = Severity::limit;
  finding.headline = fmt::format("Nothing ever connected to {}: {} attempts in {}.",
                                 targets_of(f.run), format_count(tally.attempts_started),
                                 format_duration(f.seconds));
  const bool refused = f.failed("ECONNREFUSED") > 0;
  finding.why = refused
                    ? "The machine answers and says that nobody listens on that port: the server is "
                      "not running, or it listens on another port or address."
                    : "No answer came: a firewall drops the packets, the address is wrong, or the "
                      "server's accept queue is full.";
  for (const auto& [kind, failure] : tally.attempts_failed)
    finding.evidence.push_back({"attempts that failed",
                                fmt::format("{} {}", format_count(failure.count), kind),
                                kind == "timeout" ? "--connect-timeout" : "errno of connect()"});
  if (refused && f.on_loopback)
    finding.remedies.push_back({"ss -tln", "shows what listens here, and on which address"});
  return finding;
}

std::optional<Finding> open_files(const Facts& f) {
  const auto failed = f.failed("EMFILE") + f.failed("ENFILE");
  const bool server_is_full = f.server && f.server->open_files && f.server->open_file_limit &&
                              *f.server->open_files + 1 >= *f.server->open_file_limit;
  if (failed == 0 && !server_is_full) return {};
  Finding finding;
  finding.id = "open-files";
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
      finding.remedies.push_back(
          {fmt::format("ulimit -n {}", 2 * f.run.plan.connections + 64),
           fmt::format("room for the {} connections that were asked for",
                       format_count(f.run.plan.connections))});
    }
  } else {
    // They have waited for most of the run.
    const auto unanswered = static_cast<std::uint64_t>(std::count_if(
        f.run.tally.in_flight.begin(), f.run.tally.in_flight.end(),
        [&](const InFlight& one) { return to_seconds(one.age) > f.seconds / 2; }));
    finding.severity = Severity::limit;
    finding.headline = fmt::format(
        "The server ran out of file descriptors, and {} of {} connections got no answer: {} (pid {}) "
        "had {} of {} open.",
        format_count(unanswered), format_count(f.run.plan.connections), f.server->name,
        f.server->pid,
        format_count(std::min(*f.server->open_files, *f.server->open_file_limit)),
        format_count(*f.server->open_file_limit));
    finding.why =
        "accept() fails with EMFILE then, and connections wait in the kernel's accept queue: they "
        "look connected to the client, and nobody answers them.";
    finding.evidence.push_back({"the server's open files, at most",
                                fmt::format("{} of {}",
                                            format_count(std::min(*f.server->open_files,
                                                                  *f.server->open_file_limit)),
                                            format_count(*f.server->open_file_limit)),
                                "/proc/PID/fd and /proc/PID/limits"});
    finding.evidence.push_back({"connection-seconds spent waiting for an answer",
                                percent(f.share_wait), "phase wait"});
    finding.remedies.push_back(
        {fmt::format("-c {}", std::max<std::uint64_t>(f.run.plan.connections - unanswered, 1)),
         "as many connections as the server answered here"});
    finding.remedies.push_back(
        {fmt::format("ulimit -n {} for the server", f.run.plan.connections + 64),
         fmt::format("room for all {} connections", format_count(f.run.plan.connections))});
  }
  return finding;
}

std::optional<Finding> listen_queue(const Facts& f) {
  const auto overflows = f.counter("TcpExt.ListenOverflows");
  const auto retransmitted = f.counter("TcpExt.TCPSynRetrans");
  const auto timeouts = f.failed("timeout") + f.failed("ETIMEDOUT");
  // Without the server's own counters a SYN that is sent again may as well have been lost.
  if (overflows <= 0) return {};
  Finding finding;
  finding.id = "listen-queue";
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
      "again after 1 s, then 3, then 7, so such connections take just that long, and those who wait "
      "longer time out.";
  finding.evidence.push_back({"times that the queue was full",
                              format_count(static_cast<std::uint64_t>(overflows)),
                              "/proc/net/netstat: ListenOverflows, whole namespace"});
  finding.evidence.push_back(
      {"SYNs sent again",
       format_count(static_cast<std::uint64_t>(std::max<std::int64_t>(retransmitted, 0))),
       "/proc/net/netstat: TCPSynRetrans, whole namespace"});
  finding.evidence.push_back({"connection-seconds spent connecting", percent(f.share_connect),
                              "phase connect"});
  if (timeouts > 0)
    finding.evidence.push_back({"attempts that timed out", format_count(timeouts),
                                "--connect-timeout"});
  if (f.run.limits.somaxconn) {
    finding.evidence.push_back({"largest accept queue that the system allows",
                                format_count(*f.run.limits.somaxconn),
                                std::string(f.sources.somaxconn)});
    finding.remedies.push_back(
        {fmt::format("a backlog of {} in the server's listen()",
                     std::min<std::uint64_t>(f.run.plan.connections, *f.run.limits.somaxconn)),
         fmt::format("all {} connections fit into the queue",
                     format_count(std::min<std::uint64_t>(f.run.plan.connections,
                                                          *f.run.limits.somaxconn)))});
  }
  return finding;
}

std::optional<Finding> conntrack(const Facts& f) {
  const auto& limits = f.run.limits;
  if (!limits.conntrack_max || !limits.conntrack_count || *limits.conntrack_max == 0) return {};
  if (*limits.conntrack_count * 20 < *limits.conntrack_max * 19) return {};
  Finding finding;
  finding.id = "conntrack";
  const bool loses = f.counter("TcpExt.TCPSynRetrans") > 0;
  finding.severity = loses && f.share_connect >= share_of_connect_that_limits ? Severity::limit
                                                                             : Severity::warning;
  finding.headline = fmt::format("The firewall's table of connections is full: {} of {}.",
                                 format_count(*limits.conntrack_count),
                                 format_count(*limits.conntrack_max));
  finding.why =
      "nf_conntrack keeps a closed connection for 120 s. Once its table is full the kernel drops new "
      "packets, which looks like loss: SYNs are sent again after 1 s, 3 s, 7 s.";
  finding.evidence.push_back({"connections tracked", format_count(*limits.conntrack_count),
                              std::string(f.sources.conntrack_count)});
  finding.evidence.push_back({"room for", format_count(*limits.conntrack_max),
                              std::string(f.sources.conntrack_max)});
  finding.remedies.push_back(
      {fmt::format("sysctl net.netfilter.nf_conntrack_max={} (root)", 4 * *limits.conntrack_max),
       fmt::format("{} connections per second for ever, instead of {}",
                   format_count(4 * *limits.conntrack_max / 120),
                   format_count(*limits.conntrack_max / 120))});
  return finding;
}

std::optional<Finding> client_cpu(const Facts& f) {
  const bool own = client_is_busy(f);
  if (port_search(f)) return {};  // that is what it was busy with
  if (!own && (server_is_busy(f) || !machine_is_full(f))) return {};
  Finding finding;
  finding.id = "client-cpu";
  finding.severity = Severity::limit;
  const auto threads = f.run.plan.threads;
  if (own) {
    finding.headline = fmt::format(
        "hammer itself was the limit: its {} thread{} used {} of {}.", threads,
        threads == 1 ? "" : "s", cores(f.run.cpu.busy), threads);
    finding.why =
        "A load generator without CPU to spare sends its next request late, and what it measures "
        "then is itself. The server might do more.";
  } else {
    finding.headline = fmt::format(
        "The machine that hammer runs on had no CPU left: hammer used {}, the server {}.",
        cores(f.run.cpu.busy), f.server ? cores(busy_servers(f)) : "is not here or not known");
    finding.why =
        "What hammer and other programs use the server does not get, and hammer itself waits for its "
        "turn. With a machine of its own the server would do more.";
  }
  add_client_evidence(f, finding.evidence);
  finding.evidence.push_back({"CPU of all workers together", cores(f.run.cpu.busy),
                              "getrusage(RUSAGE_THREAD)"});
  add_server_evidence(f, finding.evidence);
  if (f.run.cpu.machine_busy)
    finding.evidence.push_back({"CPU of everything on this machine",
                                fmt::format("{} of {}", cores(*f.run.cpu.machine_busy),
                                            f.run.cpu.machine_cores),
                                "/proc/stat"});
  if (own && threads < f.run.environment.cpus && !f.server)
    finding.remedies.push_back({fmt::format("-t {}", f.run.environment.cpus),
                                fmt::format("{} threads instead of {}: up to {} requests per second "
                                            "at the same cost of each",
                                            f.run.environment.cpus, threads,
                                            format_count(whole(f.response_rate *
                                                               f.run.environment.cpus / threads)))});
  if (f.server)
    finding.remedies.push_back(
        {"run hammer on another machine",
         fmt::format("the server gets the {} that hammer takes here", cores(f.run.cpu.busy))});
  return finding;
}

std::optional<Finding> server_cpu(const Facts& f) {
  if (!server_is_busy(f)) return {};
  Finding finding;
  finding.id = "server-cpu";
  finding.severity = Severity::limit;
  finding.headline = fmt::format(
      "The server's CPU was the limit: {} (pid {}) used {} of one core at {} responses per second.",
      f.server->name, f.server->pid, percent(f.server->busiest_thread),
      format_count(whole(f.response_rate)));
  finding.why = "A thread of the server was always busy, so more connections only wait longer.";
  add_server_evidence(f, finding.evidence);
  add_client_evidence(f, finding.evidence);
  finding.evidence.push_back(
      {"CPU of the server per response",
       format_duration(f.response_rate > 0 ? f.server->busy / f.response_rate : 0),
       "CPU / responses"});
  finding.remedies.push_back(
      {"more threads or workers in the server",
       fmt::format("about {} responses per second for each core",
                   format_count(whole(f.response_rate / std::max(f.server->busy, 0.01))))});
  return finding;
}

std::optional<Finding> server_sequential(const Facts& f) {
  const double fastest = fastest_latency(f), mean = mean_latency(f);
  if (f.run.plan.connections < 2 || f.response_rate <= 0 || fastest <= 0 || !both_are_idle(f))
    return {};
  // Little's law: this many requests were being served at the same time, if each takes as long as
  // the fastest one.
  const double at_once = f.response_rate * fastest;
  if (at_once > 1.5 || at_once < 0.5 || mean < 3 * fastest) return {};
  Finding finding;
  finding.id = "server-sequential";
  finding.severity = Severity::limit;
  finding.headline = fmt::format(
      "The server answers one request at a time: {} responses per second of {} each is just one at "
      "once, for {} connections.",
      format_count(whole(f.response_rate)), format_duration(fastest),
      format_count(f.run.plan.connections));
  finding.why = fmt::format(
      "Its CPU is idle, so it waits; but while it waits for one it serves no other. A request takes "
      "{} on average because it stands in line behind the rest.",
      format_duration(mean));
  finding.evidence.push_back({"responses per second", fmt::format("{:.1f}", f.response_rate),
                              "responses / time"});
  finding.evidence.push_back({"fastest response", format_duration(fastest), "latency"});
  finding.evidence.push_back({"served at the same time", fmt::format("{:.2f}", at_once),
                              "rate x fastest response"});
  add_server_evidence(f, finding.evidence);
  finding.remedies.push_back(
      {"serve connections at the same time (tws-server: --mode spawn)",
       fmt::format("up to {} responses per second with these connections",
                   format_count(whole(f.run.plan.connections / fastest)))});
  return finding;
}

std::optional<Finding> server_latency(const Facts& f) {
  const double mean = mean_latency(f);
  if (f.response_rate <= 0 || mean <= 0 || !both_are_idle(f) || server_sequential(f)) return {};
  // Little's law again: nearly all connections were waiting for an answer all the time.
  const double waiting = f.response_rate * mean;
  if (waiting < 0.8 * f.run.plan.connections || f.share_wait < 0.8) return {};
  Finding finding;
  finding.id = "server-latency";
  finding.severity = Severity::limit;
  finding.headline = fmt::format(
      "The server takes its time: {} connections that wait {} each make {} responses per second.",
      format_count(f.run.plan.connections), format_duration(mean),
      format_count(whole(f.response_rate)));
  finding.why =
      "Neither end uses its CPU, so the time goes by in the server or in what it waits for: a "
      "database, a disk, another service, the network.";
  finding.evidence.push_back({"connection-seconds spent waiting for an answer",
                              percent(f.share_wait), "phase wait"});
  finding.evidence.push_back({"mean latency", format_duration(mean), "latency"});
  finding.evidence.push_back({"connections waiting at the same time", fmt::format("{:.1f}", waiting),
                              "rate x mean latency"});
  add_server_evidence(f, finding.evidence);
  finding.remedies.push_back(
      {fmt::format("-c {}", 2 * f.run.plan.connections),
       fmt::format("about {} responses per second, if the server stays as fast",
                   format_count(whole(2 * f.response_rate)))});
  return finding;
}

}  // namespace tws::diagnosis
