#include "diagnose/findings.hpp"
#include "support/units.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tws::diagnosis {
namespace {

// Of a core, or of all: what is always running or ready. The rest goes to the kernel's own work
// and, on a virtual machine, to its neighbours.
constexpr double full_thread = 0.85;
constexpr double full_machine = 0.85;
constexpr double share_of_little = 0.05;  // of the machine's cores
constexpr double idle_thread = 0.50;

std::string cores(double busy) {
  return fmt::format("{:.2f} cores", busy);
}

// Busy with all threads, or left without a core by what else runs here.
bool client_is_busy(const Facts& f) {
  return f.seconds >= shortest_run && f.run.plan.threads > 0 &&
         f.run.cpu.busy / f.run.plan.threads >= full_thread;
}

bool server_is_busy(const Facts& f) {
  return f.seconds >= shortest_run && f.server && f.server->busiest_thread >= full_thread;
}

// Those of this machine.
double busy_servers(const Facts& f) {
  double busy = 0;
  if (f.server_is_elsewhere) return busy;
  for (const auto& server : f.run.cpu.servers) busy += server.busy;
  return busy;
}

// Neither hammer nor the server; none where the system does not tell.
double busy_others(const Facts& f) {
  const double all = f.run.cpu.machine_busy.value_or(0);
  return std::max(all - f.run.cpu.busy - busy_servers(f), 0.0);
}

// No core of the machine had time left, or none that hammer may use (taskset), for whatever
// programs.
bool machine_is_full(const Facts& f) {
  const auto& cpu = f.run.cpu;
  if (f.seconds < shortest_run) return false;
  const bool all = cpu.machine_busy && cpu.machine_cores > 0 &&
                   *cpu.machine_busy >= full_machine * cpu.machine_cores;
  const bool own = f.run.environment.cpus > 0 && f.server && !f.server_is_elsewhere &&
                   cpu.busy + busy_servers(f) >= full_machine * f.run.environment.cpus;
  return all || own;
}

// The same of the machine that the server is on, if it is another one and known.
bool other_machine_is_full(const Facts& f) {
  return f.seconds >= shortest_run && f.server_is_elsewhere && f.told->machine_busy &&
         f.told->machine_cores > 0 && *f.told->machine_busy >= full_machine * f.told->machine_cores;
}

// The server has CPU to spare, or nothing is known of it, and so has hammer.
bool both_are_idle(const Facts& f) {
  const bool server_idle = !f.server || f.server->busiest_thread < idle_thread;
  // A rate that includes pauses for want of ports, or that the plan sets, says nothing about the
  // server.
  return !f.rate_is_kept && f.seconds >= shortest_run && !f.held_up_by(0) && server_idle &&
         f.run.cpu.busiest_thread < idle_thread && !machine_is_full(f) && !other_machine_is_full(f);
}

void add_server_evidence(const Facts& f, std::vector<Evidence>& evidence) {
  if (f.server)
    evidence.push_back(
        {f.run.simulated
             ? std::string("server's busiest thread")
             : fmt::format("server's busiest thread ({}, {})", f.server->name, f.server->pid),
         percent(f.server->busiest_thread), f.told ? "--server-admin" : "/proc/PID/task/TID/stat"});
  else
    evidence.push_back({"CPU of the server", "unknown",
                        f.told ? "--server-admin" : "not on this machine, or not readable"});
  if (f.server_is_elsewhere && f.told->machine_busy)
    evidence.push_back(
        {"everything on the server's machine",
         fmt::format("{} of {}", cores(*f.told->machine_busy), f.told->machine_cores),
         "--server-admin"});
}

void add_client_evidence(const Facts& f, std::vector<Evidence>& evidence) {
  evidence.push_back(
      {"hammer's busiest thread", percent(f.run.cpu.busiest_thread), "getrusage(RUSAGE_THREAD)"});
}

void add_machine_evidence(const Facts& f, std::vector<Evidence>& evidence) {
  if (f.run.cpu.machine_busy)
    evidence.push_back(
        {"everything on this machine",
         fmt::format("{} of {}", cores(*f.run.cpu.machine_busy), f.run.cpu.machine_cores),
         "/proc/stat"});
}

}  // namespace

bool client_is_full(const Facts& f) {
  return client_is_busy(f) || (!server_is_busy(f) && machine_is_full(f));
}

bool others_fill_the_machine(const Facts& f) {
  return !client_is_busy(f) && machine_is_full(f) &&
         busy_others(f) > f.run.cpu.busy + busy_servers(f);
}

std::optional<Finding> client_cpu(const Facts& f) {
  const bool own = client_is_busy(f);
  if (port_search(f)) return {};                // that is what it was busy with
  if (f.run.tally.responses() == 0) return {};  // nothing that it could have slowed down
  if (!client_is_full(f)) return {};
  Finding finding;
  // A rate that was kept was not held up by it; the latencies may be.
  // A machine that others fill does not hold up programs that want next to nothing.
  const bool wants_little =
      !own && f.run.cpu.busy + busy_servers(f) < share_of_little * f.run.cpu.machine_cores;
  finding.severity = f.rate_is_kept || wants_little ? Severity::warning : Severity::limit;
  const auto threads = f.run.plan.threads;
  if (own) {
    finding.headline =
        fmt::format("hammer itself was the limit: its {} thread{} used {} of {}.", threads,
                    threads == 1 ? "" : "s", cores(f.run.cpu.busy), threads);
    finding.why =
        "A load generator without CPU to spare sends its next request late, and what it measures "
        "then is itself. ";
    finding.why += server_is_busy(f) ? "The server was busy, too: which of them is slower does not "
                                       "show here."
                                     : "The server might do more.";
  } else {
    finding.headline = fmt::format(
        "The machine that hammer runs on had no CPU left: hammer used {}, the server {}, other "
        "programs {}.",
        cores(f.run.cpu.busy),
        f.server_is_elsewhere ? "is on another one"
        : f.server            ? cores(busy_servers(f))
                              : "is not here or not known",
        cores(busy_others(f)));
    finding.why = f.server_is_elsewhere
                      ? "hammer waits for its turn, so it sends late and measures itself. The "
                        "server might do more."
                      : "What hammer and other programs use the server does not get, and hammer "
                        "itself waits for "
                        "its turn. With a machine of its own the server would do more.";
  }
  add_client_evidence(f, finding.evidence);
  add_server_evidence(f, finding.evidence);
  add_machine_evidence(f, finding.evidence);
  if (own && threads < f.run.environment.cpus && (!f.server || f.server_is_elsewhere))
    finding.remedies.push_back(
        {fmt::format("-t {}", f.run.environment.cpus),
         fmt::format("{} threads instead of {}: up to {} requests per second "
                     "at the same cost of each",
                     f.run.environment.cpus, threads,
                     rounded(f.response_rate * f.run.environment.cpus / threads))});
  if (others_fill_the_machine(f))
    finding.remedies.push_back({"end what else runs on this machine",
                                fmt::format("{} become free", cores(busy_others(f)))});
  else if (f.server && !f.server_is_elsewhere)
    finding.remedies.push_back(
        {"run hammer on another machine",
         fmt::format("the server gets the {} that hammer takes here", cores(f.run.cpu.busy))});
  return finding;
}

std::optional<Finding> server_cpu(const Facts& f) {
  const bool busy = server_is_busy(f);
  if (!busy && !(f.server && other_machine_is_full(f))) return {};
  Finding finding;
  finding.severity = Severity::limit;
  if (busy) {
    finding.headline = fmt::format(
        "The server's CPU was the limit: {} used {} of one core at {} responses per second.",
        f.run.simulated ? std::string("it")
                        : fmt::format("{} (pid {})", f.server->name, f.server->pid),
        percent(f.server->busiest_thread), rounded(f.response_rate));
    finding.why = "A thread of the server was always busy, so more connections only wait longer.";
  } else {
    finding.headline = fmt::format(
        "The server's machine had no CPU left: {} (pid {}) used {} of the {} that were busy there, "
        "of {}.",
        f.server->name, f.server->pid, cores(f.server->busy), cores(*f.told->machine_busy),
        f.told->machine_cores);
    finding.why =
        "The server waits for its turn, whatever else has the CPU: more connections only wait "
        "longer.";
  }
  add_client_evidence(f, finding.evidence);
  if (f.told) add_server_evidence(f, finding.evidence);
  add_machine_evidence(f, finding.evidence);
  finding.evidence.push_back(
      {"CPU of the server per response",
       format_duration(f.response_rate > 0 ? f.server->busy / f.response_rate : 0),
       "CPU / responses"});
  if (!busy)
    finding.remedies.push_back(
        {"end what else runs on the server's machine, or give it more cores",
         fmt::format("about {} responses per second for each core that the server gets",
                     rounded(f.response_rate / std::max(f.server->busy, 0.01)))});
  else
    finding.remedies.push_back(
        {"more threads or workers in the server",
         fmt::format("about {} responses per second for each core",
                     rounded(f.response_rate / std::max(f.server->busy, 0.01)))});
  return finding;
}

std::optional<Finding> server_sequential(const Facts& f) {
  const double fastest = f.fastest_latency, mean = f.mean_latency;
  if (f.run.plan.connections < 2 || f.response_rate <= 0 || fastest <= 0 || !both_are_idle(f) ||
      time_wait_collision(f))
    return {};
  // Little's law: this many requests were being served at the same time, if each takes as long as
  // the fastest one.
  const double at_once = f.response_rate * fastest;
  if (at_once > 1.5 || at_once < 0.5 || mean < 3 * fastest) return {};
  Finding finding;
  finding.severity = Severity::limit;
  finding.headline = fmt::format(
      "The server answers one request at a time: {} responses per second of {} each is just one at "
      "once, for {} connections.",
      rounded(f.response_rate), format_duration(fastest), format_count(f.run.plan.connections));
  finding.why = fmt::format(
      "Its CPU is idle, so it waits; but while it waits for one it serves no other. A request "
      "takes "
      "{} on average because it stands in line behind the rest.",
      format_duration(mean));
  finding.evidence.push_back(
      {"served at the same time", fmt::format("{:.2f}", at_once), "rate x fastest response"});
  add_server_evidence(f, finding.evidence);
  add_client_evidence(f, finding.evidence);
  finding.remedies.push_back({"serve connections at the same time (tws-server: --mode spawn)",
                              fmt::format("up to {} responses per second with these connections",
                                          rounded(f.run.plan.connections / fastest))});
  return finding;
}

std::optional<Finding> server_latency(const Facts& f) {
  const double mean = f.mean_latency;
  if (f.response_rate <= 0 || mean <= 0 || !both_are_idle(f) || server_sequential(f)) return {};
  // Little's law again: nearly all connections were waiting for an answer all the time.
  const double waiting = f.response_rate * mean;
  if (waiting < 0.8 * f.run.plan.connections || f.share_wait < 0.8) return {};
  Finding finding;
  finding.severity = Severity::limit;
  finding.headline = fmt::format(
      "The server takes its time: {} connections that wait {} each make {} responses per second.",
      format_count(f.run.plan.connections), format_duration(mean), rounded(f.response_rate));
  finding.why =
      "Neither end uses its CPU, so the time goes by in the server or in what it waits for: a "
      "database, a disk, another service, the network.";
  finding.evidence.push_back(
      {"connection-seconds spent waiting for an answer", percent(f.share_wait), "phase wait"});
  finding.evidence.push_back({"connections waiting at the same time",
                              fmt::format("{:.1f}", waiting), "rate x mean latency"});
  add_server_evidence(f, finding.evidence);
  add_client_evidence(f, finding.evidence);
  finding.remedies.push_back(
      {fmt::format("-c {}", 2 * f.run.plan.connections),
       fmt::format("about {} responses per second, if the server stays as fast",
                   rounded(2 * f.response_rate))});
  return finding;
}

}  // namespace tws::diagnosis
