#include "diagnose/machines.hpp"

#include "support/units.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tws::diagnosis {
namespace {

constexpr double idle_thread = 0.50;

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

// The share of the latency that hammer's wait for a core makes. Where a thread works or waits for a
// share `occupied` of the time, about occupied / (1 - occupied) requests are at it (the queue
// M/M/1); the other connections are at the server.
double share_of_hammers_wait(const Facts& f) {
  const double threads = std::max(f.run.plan.threads, 1u);
  const double connections = std::max(f.run.plan.connections / threads, 1.0);
  const double waits = *f.run.cpu.waiting / threads;
  const double occupied = f.run.cpu.busy / threads + waits;
  if (occupied >= full_thread) return 1;
  const double at_hammer = std::min(occupied / (1 - occupied), connections);
  return at_hammer / connections * waits / occupied;
}

// Its threads wait for a CPU about as long as they run, though the machine may have others free
// (taskset, a container's cores).
bool hammer_shares_its_core(const Facts& f) {
  constexpr double shortest = 0.1, about_as_long = 0.6, share_of_latency = 0.05;
  const auto& cpu = f.run.cpu;
  return cpu.waiting && *cpu.waiting >= shortest && *cpu.waiting >= about_as_long * cpu.busy &&
         share_of_hammers_wait(f) >= share_of_latency;
}

}  // namespace

bool client_is_busy(const Facts& f) {
  return f.seconds >= shortest_run && f.run.plan.threads > 0 &&
         f.run.cpu.busy / f.run.plan.threads >= full_thread;
}

double busy_servers(const Facts& f) {
  return f.server_is_elsewhere ? 0 : servers_busy(f);
}

double cores_of_servers(const Facts& f) {
  if (f.server_is_elsewhere) return f.told->machine_cores;
  return f.run.cpu.server_cores.value_or(f.run.cpu.machine_cores);
}

bool servers_fill_their_cores(const Facts& f) {
  return cores_of_servers(f) > 0 && servers_busy(f) >= full_machine * cores_of_servers(f);
}

bool a_thread_is_full(const Facts& f) {
  return f.server && f.server->busiest_thread >= full_thread && requests_wait_for_cpu(f);
}

const ProcessCpu* runs_one_thread_at_a_time(const Facts& f) {
  // Calls of the kernel run without that lock, so it may be more than a core.
  constexpr double least = 0.85, most = 1.5, share_of_one_thread = 0.5, several = 1.5;
  if (cores_of_servers(f) < several || !requests_wait_for_cpu(f)) return nullptr;
  for (const ProcessCpu& server : f.run.cpu.servers)
    if (server.busy >= least && server.busy <= most &&
        server.busiest_thread <= share_of_one_thread * server.busy)
      return &server;
  return nullptr;
}

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

bool busy_may_be_chance(const Facts& f) {
  if (servers_fill_their_cores(f) || f.rate_stays) return false;
  if (!a_thread_is_full(f)) return true;
  // A server that is limited by its CPU answers the first in line soon, and the last far later.
  constexpr double soon = 2.5, far_later = 3;
  const double each = servers_busy(f) / std::max(f.response_rate, 1e-9);
  return f.fastest_latency > soon * each && f.mean_latency < far_later * f.fastest_latency;
}

bool server_is_busy(const Facts& f) {
  return f.seconds >= shortest_run && (a_thread_is_full(f) || servers_fill_their_cores(f) ||
                                       runs_one_thread_at_a_time(f) != nullptr);
}

bool server_has_room(const Facts& f) {
  return server_cpu_known(f) && f.seconds >= shortest_run && !server_is_busy(f) &&
         !server_quota_bites(f) &&
         (f.server->busiest_thread < idle_thread || !requests_wait_for_cpu(f));
}

bool all_cores_are_busy(const Facts& f) {
  const auto& cpu = f.run.cpu;
  return cpu.machine_busy && cpu.machine_cores > 0 &&
         *cpu.machine_busy >= full_machine * cpu.machine_cores;
}

bool machine_is_full(const Facts& f) {
  const auto& cpu = f.run.cpu;
  if (f.seconds < shortest_run) return false;
  if (hammer_shares_its_core(f)) return true;
  const bool all = all_cores_are_busy(f);
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

}  // namespace tws::diagnosis
