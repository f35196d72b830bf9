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
  if (admin_) {
    const auto answer = admin_->ask();
    if (!take(answer, 0))
      throw RunError(
          fmt::format("--server-admin: '{}' answered once and no more: {}", url_, answer.failure));
    first_ = last_;
    return;
  }
  for (const auto& target : targets)
    for (const int pid : listening_processes(target.endpoint))
      if (auto use = read_process(pid)) local_[pid] = {*use, use->open_files};
}

void ServerWatch::look(asio::io_context& io, Clock::time_point start,
                       std::function<void()> on_news) {
  for (auto& [pid, server] : local_)
    if (const auto use = read_process(pid))
      server.most_open_files = std::max(server.most_open_files, use->open_files);
  if (!admin_ || admin_->is_asking()) return;
  admin_->ask(io, [this, start, on_news = std::move(on_news)](const ServerAdmin::Answer& answer) {
    if (!cancelled_ && take(answer, to_seconds(Clock::now() - start))) on_news();
  });
}

void ServerWatch::cancel() {
  cancelled_ = true;
  if (admin_) admin_->cancel();
}

void ServerWatch::end(Run& run) {
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

void ServerWatch::end_local(Run& run) const {
  for (const auto& [pid, server] : local_) {
    const auto after = read_process(pid);
    if (!after) continue;
    if (const auto load = process_load(server.before, *after, run.seconds))
      run.cpu.servers.push_back({pid, after->name, load->cores, load->busiest_thread,
                                 server.most_open_files, after->open_file_limit});
  }
}

// Between the first answer and the last, by the server's own clock.
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
