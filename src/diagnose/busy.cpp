// Who had no CPU left: hammer, its machine, or the server.
#include "diagnose/machines.hpp"
#include "support/units.hpp"

#include <fmt/format.h>

namespace tws::diagnosis {
namespace {

constexpr double near_full_thread = 0.70;

void add_machine_remedies(const Facts& f, Finding& finding) {
  if (others_fill_the_machine(f))
    finding.remedies.push_back({"end what else runs on this machine",
                                fmt::format("{} become free", cores(busy_others(f)))});
  else if (!all_cores_are_busy(f) && !client_is_busy(f))
    finding.remedies.push_back(
        {"give hammer cores of its own (taskset, cpuset), or end what runs on them",
         "it sends and reads in time"});
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
  add_handshakes(f, finding);
  return finding;
}

std::optional<Finding> machine_cpu(const Facts& f) {
  if (f.run.tally.responses() == 0 || port_search(f)) return {};
  if (client_is_busy(f) || server_is_busy(f) || quota_bites(f) || !machine_is_full(f)) return {};
  Finding finding;
  finding.severity = f.rate_is_kept ? Severity::warning : Severity::limit;
  finding.headline =
      fmt::format("{}: hammer used {}, the server {}, other programs {}.",
                  all_cores_are_busy(f) ? "The machine that hammer runs on had no CPU left"
                                        : "hammer had to wait for a core that others used, too",
                  cores(f.run.cpu.busy),
                  f.server_is_elsewhere ? "is on another one"
                  : f.server            ? cores(busy_servers(f))
                                        : "is not here or not known",
                  cores(busy_others(f)));
  finding.why = f.server_is_elsewhere || !all_cores_are_busy(f)
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
  add_handshakes(f, finding);
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
    finding.headline =
        fmt::format("The server's CPU {}: {} used {} of one core at {} responses per second.",
                    busy_may_be_chance(f) ? "may be the limit" : "was the limit",
                    f.run.simulated ? std::string("it")
                                    : fmt::format("{} (pid {})", f.server->name, f.server->pid),
                    percent(f.server->busiest_thread), rounded(f.response_rate));
    finding.why =
        busy_may_be_chance(f)
            ? "A thread of the server was always busy. If it serves, more connections only wait "
              "longer. It may also do something else: requests take far longer than their share "
              "of its time. --prove tells."
            : "A thread of the server was always busy, so more connections only wait longer.";
  } else if (const auto* locked = runs_one_thread_at_a_time(f)) {
    finding.headline = fmt::format(
        "The server's CPU may be the limit: all threads of {} (pid {}) together used {} at {} "
        "responses per second.",
        locked->name, locked->pid, cores(locked->busy), rounded(f.response_rate));
    finding.why =
        "That is about one core, though more were free and no thread was always busy: perhaps only "
        "one of its threads runs at a time. The interpreter's lock of Python or Ruby does that, or "
        "one lock "
        "that all threads take. It may also be chance; --prove tells.";
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
  constexpr double most_failed = 0.5;
  if (f.share_got_through < most_failed || f.run.tally.responses() == 0)
    return {};  // it worked at failing, or at something else
  const bool busy = server_is_busy(f);
  if (!busy && !(f.server && other_machine_is_full(f))) return {};
  Finding finding;
  finding.severity = Severity::limit;
  if (busy && busy_may_be_chance(f)) finding.certainty = Certainty::possible;
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
    finding.remedies.push_back({runs_one_thread_at_a_time(f) && !a_thread_is_full(f)
                                    ? "more processes of the server"
                                    : "more threads or workers in the server",
                                effect("")});
  if (busy && servers_fill_their_cores(f) && !f.server_is_elsewhere &&
      f.run.cpu.busy >= share_of_little * f.run.cpu.machine_cores)
    finding.remedies.push_back(
        {"run hammer on another machine",
         fmt::format("the server gets the {} that hammer takes here", cores(f.run.cpu.busy))});
  add_handshakes(f, finding);
  return finding;
}

}  // namespace tws::diagnosis
