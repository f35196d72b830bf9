#include "load/server_watch.hpp"

#include "support/units.hpp"
#include "tws/support/errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tws::load {

void check_server_admin(const std::string& url) {
  const auto answer = ServerAdmin(url).ask();
  if (!answer.view)
    throw RunError(fmt::format("--server-admin: '{}' is not the admin listener of a tws-server: {}",
                               url, answer.failure));
}

ServerWatch::ServerWatch(const Plan& plan) {
  if (!plan.server_admin) return;
  url_ = *plan.server_admin;
  admin_.emplace(url_);
}

void ServerWatch::begin(const std::vector<Target>& targets) {
  began_ = ticks_since_boot();
  std::vector<int> listening;
  for (const auto& target : targets) {
    const auto found = serving(target.endpoint);
    listening.insert(listening.end(), found.processes.begin(), found.processes.end());
    backlogs_.push_back(found.backlog);
    ports_.push_back(target.endpoint.port());
  }
  if (admin_) {
    const auto answer = admin_->ask();
    if (!take(answer, 0))
      throw RunError(
          fmt::format("--server-admin: '{}' answered the first query but not the second: {}", url_,
                      answer.failure));
    first_ = last_;
    return;
  }
  watch(with_descendants(std::move(listening)), 0);
}

void ServerWatch::watch(const std::vector<int>& processes, double elapsed) {
  for (const int pid : processes) {
    if (local_.contains(pid)) continue;
    const auto use = read_process(pid);
    if (!use) continue;
    Watched& added = local_[pid];
    added.before = added.last = *use;
    added.most_open_files = use->open_files;
    if (elapsed > 0 && use->started >= began_) {  // all that it has used is of this run
      added.before = {use->name, use->started};
      added.before.waited_seconds = use->waited_seconds ? std::optional(0.0) : std::nullopt;
    } else {
      added.since = elapsed;
    }
    if (const auto quota = read_cpu_quota(pid)) quotas_.emplace(quota->setting, *quota);
  }
}

std::vector<int> ServerWatch::watched() const {
  std::vector<int> pids;
  for (const auto& [pid, server] : local_)
    if (!server.ended) pids.push_back(pid);
  return pids;
}

// Those that were there before take a share of the time at most: with many processes or threads it
// is not every second.
void ServerWatch::look_for_others(double elapsed) {
  constexpr double share = 0.005;
  if (spent_ > share * elapsed) return;
  const auto begin = Clock::now();
  const bool first = spent_ == 0;
  for (auto& [pid, server] : local_) {
    if (server.ended) continue;
    const auto use = read_process(pid);
    if (!use || use->started != server.last.started) {
      server.ended = true;
      continue;
    }
    server.last = *use;
    server.most_open_files = std::max(server.most_open_files, use->open_files);
  }
  auto known = watched();
  // Handing connections over is a matter of how a server is made: once is enough.
  if (first && !known.empty()) {
    const auto others = processes_with_connections(ports_, known);
    known.insert(known.end(), others.begin(), others.end());
  }
  watch(with_descendants(std::move(known)), elapsed);
  spent_ += to_seconds(Clock::now() - begin);
}

void ServerWatch::look(asio::io_context& io, Clock::time_point start,
                       std::function<void()> on_news) {
  if (!admin_) return look_for_others(to_seconds(Clock::now() - start));
  if (admin_->is_asking()) return;
  admin_->ask(io, [this, start, on_news = std::move(on_news)](const ServerAdmin::Answer& answer) {
    if (!cancelled_ && take(answer, to_seconds(Clock::now() - start))) on_news();
  });
}

void ServerWatch::cancel() {
  cancelled_ = true;
  if (admin_) admin_->cancel();
}

void ServerWatch::end(Run& run) {
  for (std::size_t i = 0; i < std::min(backlogs_.size(), run.targets.size()); ++i)
    run.targets[i].listen_backlog = backlogs_[i];
  if (!admin_) return end_local(run);
  answers_ = take(admin_->ask(), run.seconds);
  end_told(run);
}

bool ServerWatch::look_again() {
  if (!admin_) return true;
  if (!answers_) return false;
  const auto answer = admin_->ask();
  answers_ = answer.view.has_value();
  if (answers_) last_ = *answer.view;
  return answers_;
}

void ServerWatch::tell(Census& census) const {
  if (admin_ && last_.sockets) census.server = last_.sockets->server;
}

bool ServerWatch::take(const ServerAdmin::Answer& answer, double elapsed) {
  if (!answer.view) {
    if (side_.failures++ == 0) {
      side_.failure = answer.failure;
      side_.failed_since = elapsed;
    }
    return false;
  }
  ++side_.answers;
  side_.last_answer = elapsed;
  last_ = *answer.view;
  if (last_.process) most_open_files_ = std::max(most_open_files_, last_.process->open_files);
  return true;
}

void ServerWatch::end_local(Run& run) {
  for (auto& [pid, server] : local_) {
    const auto after = server.ended ? std::nullopt : read_process(pid);
    server.ended = !after || after->started != server.last.started;
    if (!server.ended) server.last = *after;
  }
  for (const auto& [pid, server] : local_) {
    const auto parent = local_.find(server.last.parent);
    if (server.ended && parent != local_.end() && !parent->second.ended) continue;
    const double seconds = run.seconds - server.since;
    const auto load = process_load(server.before, server.last, seconds);
    if (!load) continue;
    ProcessCpu cpu{pid,
                   server.last.name,
                   load->cores,
                   load->busiest_thread,
                   server.most_open_files,
                   server.last.open_file_limit};
    if (!server.ended) cpu.busy += used_by_ended_children(pid) / seconds;
    cpu.waiting = load->waiting;
    run.cpu.servers.push_back(cpu);
  }
  run.cpu.server_cores = usable_cpus(watched());
  for (const int pid : watched()) {
    const auto after = read_cpu_quota(pid);
    const auto before = quotas_.find(after ? after->setting : "");
    if (before == quotas_.end()) continue;
    const auto quota = quota_between(before->second, after);
    if (quota && (!run.cpu.server_quota ||
                  quota->throttled_periods > run.cpu.server_quota->throttled_periods))
      run.cpu.server_quota = quota;
  }
}

// During the run: of workers that were replaced, and of children too short-lived to be seen.
double ServerWatch::used_by_ended_children(int parent) const {
  const Watched& server = local_.at(parent);
  double waited_for = server.last.ended_children_seconds - server.before.ended_children_seconds;
  double seen = 0;
  for (const auto& [pid, child] : local_) {
    if (!child.ended || child.last.parent != parent) continue;
    waited_for -= child.before.cpu_seconds + child.before.ended_children_seconds;
    seen += child.last.cpu_seconds - child.before.cpu_seconds;
  }
  return std::max({waited_for, seen, 0.0});  // a parent that ignores SIGCHLD is told nothing
}

// From the first response to the last, by the server's own clock.
void ServerWatch::end_told(Run& run) const {
  ServerSide side = side_;
  side.version = last_.version;
  side.on_this_machine = !last_.boot.empty() && last_.boot == boot_id();
  side.in_this_network = side.on_this_machine && last_.network == network_id();
  side.machine_cores = last_.machine_cpus;
  side.somaxconn = last_.limits.somaxconn;
  side.max_time_wait = last_.limits.max_time_wait;
  side.counters = difference(first_.counters, last_.counters);
  const double seconds = last_.uptime - first_.uptime;
  if (seconds > 0 && first_.machine_cpu_seconds && last_.machine_cpu_seconds)
    side.machine_busy =
        std::max(*last_.machine_cpu_seconds - *first_.machine_cpu_seconds, 0.0) / seconds;
  if (first_.process && last_.process)
    if (const auto load = process_load(*first_.process, *last_.process, seconds))
      run.cpu.servers.push_back({last_.pid, last_.process->name, load->cores, load->busiest_thread,
                                 most_open_files_, last_.process->open_file_limit});
  run.server_side = std::move(side);
}

}  // namespace tws::load
