#include "load/part_watch.hpp"

#include "load/job.hpp"
#include "system/process.hpp"
#include "tws/system/cgroup.hpp"

#include <unistd.h>
#include <utility>

namespace tws::load {

PartWatch::PartWatch(const Prepared& prepared)
    : job_(*prepared.job), servers_(job_.plan), way_(prepared), upstreams_(job_.plan.census) {}

void PartWatch::begin() {
  servers_.begin(job_.targets);
  machine_before_ = machine_cpu_seconds();
  quota_before_ = read_cpu_quota(getpid());
  way_.begin();
  counters_before_ = read_counters();
}

void PartWatch::look(Clock::time_point now) {
  way_.look(now - start_);
  look_early(now);
}

void PartWatch::look_early(Clock::time_point now) {
  upstreams_.look(servers_.watched(), now - start_);
}

void PartWatch::look_at_servers(asio::io_context& io, std::function<void()> on_news) {
  servers_.look(io, start_, std::move(on_news));
}

void PartWatch::end(Run& run) {
  run.cpu.machine_cores = machine_cpus();
  if (const auto after = machine_cpu_seconds(); after && machine_before_ && run.seconds > 0)
    run.cpu.machine_busy = (*after - *machine_before_) / run.seconds;
  run.cpu.quota = quota_between(quota_before_, read_cpu_quota(getpid()));
  servers_.end(run);
  run.way = way_.end();
  run.upstreams = upstreams_.end();
  run.counters = difference(counters_before_, read_counters());
}

}  // namespace tws::load
