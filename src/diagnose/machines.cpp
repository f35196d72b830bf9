#include "diagnose/findings.hpp"
#include "support/units.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tws::diagnosis {
namespace {

// Of a core, or of all: what is always running or ready. The rest goes to the kernel's own work
// and, on a virtual machine, to its neighbours.
constexpr double full_thread = 0.85, full_machine = 0.85;
constexpr double share_of_little = 0.05;  // of the machine's cores
constexpr double idle_thread = 0.50;
constexpr double near_full_thread = 0.70;

// Busy with all threads.
bool client_is_busy(const Facts& f) {
  return f.seconds >= shortest_run && f.run.plan.threads > 0 &&
         f.run.cpu.busy / f.run.plan.threads >= full_thread;
}

// Those of this machine.
double busy_servers(const Facts& f) {
  return f.server_is_elsewhere ? 0 : servers_busy(f);
}

// That the servers may run on; 0 where it is not known.
double cores_of_servers(const Facts& f) {
  if (f.server_is_elsewhere) return f.told->machine_cores;
  return f.run.cpu.server_cores.value_or(f.run.cpu.machine_cores);
}

bool servers_fill_their_cores(const Facts& f) {
  return cores_of_servers(f) > 0 && servers_busy(f) >= full_machine * cores_of_servers(f);
}

// Where a thread's CPU is the limit, requests stand in line for it, or spend their time on it. A
// thread that is busy while all requests take about as long as the fastest, and far longer than
// their CPU, is busy with something else.
bool requests_wait_for_cpu(const Facts& f) {
  constexpr double in_line = 1.5;
  constexpr double on_cpu = 0.5;
  if (f.run.plan.connections < 2 || f.response_rate <= 0 || f.fastest_latency <= 0) return true;
  return f.mean_latency >= in_line * f.fastest_latency ||
         servers_busy(f) / f.response_rate >= on_cpu * f.mean_latency;
}

bool a_thread_is_full(const Facts& f) {
  return f.server && f.server->busiest_thread >= full_thread && requests_wait_for_cpu(f);
}

// Others may take all that hammer and the server leave, and cost them nothing (nice): what costs is
// to be ready and to have no CPU.
bool waiting_for_cpu_shows(const Facts& f) {
  const auto& cpu = f.run.cpu;
  if (!cpu.waiting)  // not known: then it is a matter of how much they want
    return cpu.busy + busy_servers(f) >= share_of_little * cpu.machine_cores;
  double waiting = *cpu.waiting;
  // A thread that has work or waits for a CPU all the time is slower by all that it waits. If some
  // were answered far faster, those that wait for it are slower, too.
  constexpr double share_that_slows = 0.10, far_slower = 1.5;
  const bool some_are_fast = f.mean_latency >= far_slower * f.fastest_latency;
  const auto slows = [&](double busy, double waits) {
    return waits >= share_that_slows && (some_are_fast || busy + waits >= full_thread);
  };
  if (slows(cpu.busy / f.run.plan.threads, waiting / f.run.plan.threads)) return true;
  if (!f.server_is_elsewhere)
    for (const auto& server : cpu.servers) {
      waiting += server.waiting.value_or(0);
      if (slows(server.busiest_thread, server.waiting.value_or(0))) return true;
    }
  constexpr double share_of_latency = 0.05;
  return f.response_rate <= 0 || waiting / f.response_rate >= share_of_latency * f.mean_latency;
}

// The same of the machine that the server is on, if it is another one and known.
bool other_machine_is_full(const Facts& f) {
  return f.seconds >= shortest_run && f.server_is_elsewhere && f.told->machine_busy &&
         f.told->machine_cores > 0 && *f.told->machine_busy >= full_machine * f.told->machine_cores;
}

void add_machine_evidence(const Facts& f, std::vector<Evidence>& evidence) {
  if (f.run.cpu.machine_busy)
    evidence.push_back(
        {"everything on this machine",
         fmt::format("{} of {}", cores(*f.run.cpu.machine_busy), f.run.cpu.machine_cores),
         "/proc/stat"});
}

}  // namespace

double busy_others(const Facts& f) {
  const double all = f.run.cpu.machine_busy.value_or(0);
  return std::max(all - f.run.cpu.busy - busy_servers(f), 0.0);
}

// The server has CPU to spare, or nothing is known of it, and so has hammer.
bool both_are_idle(const Facts& f) {
  const bool server_idle = (!f.server || server_has_room(f)) && !quota_bites(f);
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

void add_cpu_per_response(const Facts& f, std::vector<Evidence>& evidence) {
  evidence.push_back({"CPU of the server per response",
                      format_duration(ratio(servers_busy(f), f.response_rate).value_or(0)),
                      "CPU / responses"});
}

std::string responses_per_core(const Facts& f) {
  return rounded(f.response_rate / std::max(servers_busy(f), 0.01));
}

void add_client_evidence(const Facts& f, std::vector<Evidence>& evidence) {
  evidence.push_back(
      {"hammer's busiest thread", percent(f.run.cpu.busiest_thread), "getrusage(RUSAGE_THREAD)"});
}

bool server_cpu_known(const Facts& f) {
  return f.server != nullptr;
}

double servers_busy(const Facts& f) {
  double busy = 0;
  for (const auto& server : f.run.cpu.servers) busy += server.busy;
  return busy;
}

bool server_is_busy(const Facts& f) {
  return f.seconds >= shortest_run && (a_thread_is_full(f) || servers_fill_their_cores(f));
}

bool server_has_room(const Facts& f) {
  return server_cpu_known(f) && f.seconds >= shortest_run && !server_is_busy(f) &&
         !server_quota_bites(f) &&
         (f.server->busiest_thread < idle_thread || !requests_wait_for_cpu(f));
}

bool machine_is_full(const Facts& f) {
  const auto& cpu = f.run.cpu;
  if (f.seconds < shortest_run) return false;
  const bool all = cpu.machine_busy && cpu.machine_cores > 0 &&
                   *cpu.machine_busy >= full_machine * cpu.machine_cores;
  // Those that hammer may use (taskset), if the server has no others.
  const bool own = f.run.environment.cpus > 0 && f.server && !f.server_is_elsewhere &&
                   cpu.server_cores.value_or(0) <= f.run.environment.cpus &&
                   cpu.busy + busy_servers(f) >= full_machine * f.run.environment.cpus;
  return (all || own) && waiting_for_cpu_shows(f);
}

bool client_is_full(const Facts& f) {
  return client_is_busy(f) || (!server_is_busy(f) && machine_is_full(f));
}

bool others_fill_the_machine(const Facts& f) {
  return !client_is_busy(f) && machine_is_full(f) &&
         busy_others(f) > f.run.cpu.busy + busy_servers(f);
}

namespace {

void add_machine_remedies(const Facts& f, Finding& finding) {
  if (others_fill_the_machine(f))
    finding.remedies.push_back({"end what else runs on this machine",
                                fmt::format("{} become free", cores(busy_others(f)))});
  else if (f.server && !f.server_is_elsewhere)
    finding.remedies.push_back(
        {"run hammer on another machine",
         fmt::format("the server gets the {} that hammer takes here", cores(f.run.cpu.busy))});
}

// Its threads have little room: what it measures begins to be itself.
std::optional<Finding> client_near_its_limit(const Facts& f) {
  const auto threads = f.run.plan.threads, most = f.run.environment.cpus;
  if (f.seconds < shortest_run || f.run.cpu.busiest_thread < near_full_thread || threads >= most ||
      threads >= f.run.plan.connections || f.rate_is_kept || server_is_busy(f) ||
      machine_is_full(f) || quota_bites(f))
    return {};
  Finding finding;
  finding.severity = Severity::warning;
  finding.headline =
      fmt::format("hammer was near its own limit: its busiest thread of {} used {} of a core.",
                  threads, percent(f.run.cpu.busiest_thread));
  finding.why =
      "A thread that is so busy often has several answers to read at once, and the last one waits "
      "for the others: part of the latency is hammer's own.";
  add_client_evidence(f, finding.evidence);
  add_server_evidence(f, finding.evidence);
  finding.remedies.push_back(
      {fmt::format("-t {}", most),
       fmt::format("{} threads instead of {}: between {} and {} requests per second", most, threads,
                   rounded(f.response_rate), rounded(f.response_rate * most / threads))});
  return finding;
}

}  // namespace

std::optional<Finding> client_cpu(const Facts& f) {
  if (port_search(f)) return {};                // that is what it was busy with
  if (f.run.tally.responses() == 0) return {};  // nothing that it could have slowed down
  if (!client_is_busy(f)) return client_near_its_limit(f);
  Finding finding;
  // A rate that was kept was not held up by it; the latencies may be.
  finding.severity = f.rate_is_kept ? Severity::warning : Severity::limit;
  const auto threads = f.run.plan.threads;
  finding.headline = fmt::format("hammer itself was the limit: its {} thread{} used {} of {}.",
                                 threads, threads == 1 ? "" : "s", cores(f.run.cpu.busy), threads);
  finding.why =
      "A load generator without CPU to spare sends its next request late, and what it measures "
      "then is itself. ";
  finding.why += server_is_busy(f) ? "The server was busy, too: which of them is slower does not "
                                     "show here."
                                   : "The server might do more.";
  add_client_evidence(f, finding.evidence);
  add_server_evidence(f, finding.evidence);
  add_machine_evidence(f, finding.evidence);
  if (threads < f.run.environment.cpus && (!f.server || f.server_is_elsewhere))
    finding.remedies.push_back(
        {fmt::format("-t {}", f.run.environment.cpus),
         fmt::format("{} threads instead of {}: up to {} requests per second "
                     "at the same cost of each",
                     f.run.environment.cpus, threads,
                     rounded(f.response_rate * f.run.environment.cpus / threads))});
  add_machine_remedies(f, finding);
  return finding;
}

std::optional<Finding> machine_cpu(const Facts& f) {
  if (f.run.tally.responses() == 0 || port_search(f)) return {};
  if (client_is_busy(f) || server_is_busy(f) || quota_bites(f) || !machine_is_full(f)) return {};
  Finding finding;
  finding.severity = f.rate_is_kept ? Severity::warning : Severity::limit;
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
                      "itself waits for its turn. With a machine of its own the server would do "
                      "more.";
  add_client_evidence(f, finding.evidence);
  add_server_evidence(f, finding.evidence);
  add_machine_evidence(f, finding.evidence);
  if (f.run.cpu.waiting)
    finding.evidence.push_back({"hammer's threads that were ready and had no CPU",
                                fmt::format("{:.2f}", *f.run.cpu.waiting),
                                "/proc/PID/task/TID/schedstat"});
  add_machine_remedies(f, finding);
  return finding;
}

namespace {

std::string server_name(const Facts& f) {
  if (f.run.simulated) return "it";
  const auto processes = f.run.cpu.servers.size();
  return processes == 1 ? fmt::format("{} (pid {})", f.server->name, f.server->pid)
                        : fmt::format("{} processes, the busiest of them {} (pid {}),", processes,
                                      f.server->name, f.server->pid);
}

void say_who_of_the_server(const Facts& f, Finding& finding) {
  const bool a_thread = a_thread_is_full(f);
  if (servers_fill_their_cores(f) && !(a_thread && cores_of_servers(f) <= 1)) {
    finding.headline = fmt::format(
        "The server's CPU was the limit: {} used {} of {} at {} responses per second.",
        server_name(f), cores(servers_busy(f)), cores_of_servers(f), rounded(f.response_rate));
    finding.why =
        "All cores that the server may use were busy with it, so more connections only wait "
        "longer.";
  } else if (a_thread) {
    finding.headline = fmt::format(
        "The server's CPU was the limit: {} used {} of one core at {} responses per "
        "second.",
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
}

}  // namespace

std::optional<Finding> server_cpu(const Facts& f) {
  if (f.rate_follows) return {};  // --prove: with twice the connections it does more
  const bool busy = server_is_busy(f);
  if (!busy && !(f.server && other_machine_is_full(f))) return {};
  Finding finding;
  finding.severity = Severity::limit;
  say_who_of_the_server(f, finding);
  add_client_evidence(f, finding.evidence);
  if (f.told) add_server_evidence(f, finding.evidence);
  add_machine_evidence(f, finding.evidence);
  add_cpu_per_response(f, finding.evidence);
  const auto effect = [&](std::string_view each) {
    return fmt::format("about {} responses per second for each core{}", responses_per_core(f),
                       each);
  };
  if (!busy)
    finding.remedies.push_back({"end what else runs on the server's machine, or give it more cores",
                                effect(" that the server gets")});
  else if (servers_fill_their_cores(f))
    finding.remedies.push_back({"more cores for the server", effect(" that it gets")});
  else
    finding.remedies.push_back({"more threads or workers in the server", effect("")});
  if (busy && servers_fill_their_cores(f) && !f.server_is_elsewhere &&
      f.run.cpu.busy >= share_of_little * f.run.cpu.machine_cores)
    finding.remedies.push_back(
        {"run hammer on another machine",
         fmt::format("the server gets the {} that hammer takes here", cores(f.run.cpu.busy))});
  return finding;
}

}  // namespace tws::diagnosis
