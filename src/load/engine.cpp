#include "tws/load/engine.hpp"

#include "load/crew.hpp"
#include "load/sampler.hpp"
#include "load/server_watch.hpp"
#include "load/socket_watch.hpp"
#include "load/upstream_watch.hpp"
#include "load/way_watch.hpp"
#include "system/process.hpp"
#include "tws/system/cgroup.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <cerrno>
#include <unistd.h>
#include <utility>

namespace tws::load {
namespace {

// A server that is started at the same time may take this long until it listens.
constexpr std::chrono::seconds patience_for_listener{1};

bool nobody_answers(const Plan& plan, const Timeline& timeline, std::chrono::nanoseconds elapsed) {
  const auto patience =
      std::min<std::chrono::nanoseconds>(patience_for_listener, plan.connect_timeout);
  return timeline.connected() == 0 && timeline.attempts() > 0 && elapsed >= patience &&
         !is_local(timeline.attempt_error());
}

// Whatever ended, ended by a failure of TLS, and the next connection would, too. A server that
// wants a certificate says so after the handshake (TLS 1.3).
bool tls_never_works(const Plan& plan, const Timeline& timeline, std::chrono::nanoseconds elapsed) {
  return timeline.tls_faults() > 0 && timeline.tls_faults() == timeline.errors() &&
         timeline.requests() == 0 && timeline.handshakes() <= timeline.tls_faults() &&
         (plan.urls.size() == 1 || elapsed >= patience_for_listener);
}

}  // namespace

Run execute(const Prepared& prepared, const std::atomic<bool>& stop, const Observer& observer) {
  const Job& job = *prepared.job;
  Run run = prepared.run;
  ServerWatch servers(job.plan);
  servers.begin(job.targets);
  const auto machine_before = machine_cpu_seconds();
  const auto quota_before = read_cpu_quota(getpid());
  SocketWatch sockets(prepared, servers);
  run.sockets_before = sockets.take();
  WayWatch way(prepared);
  way.begin();
  UpstreamWatch upstreams(job.plan.census);

  asio::io_context io{1};
  Sampler sampler(io, servers, sockets, way, upstreams);
  Crew crew(job, [&](Tick tick) {
    asio::post(io, [&sampler, tick = std::move(tick)] { sampler.add(tick); });
  });
  observer.on_start(run);
  const auto counters_before = read_counters();
  const auto start = Clock::now();
  crew.start(start, [&] { asio::post(io, [&sampler] { sampler.stop(); }); });
  sampler.start(start, [&](std::chrono::nanoseconds elapsed) {
    observer.on_progress(elapsed, sampler.timeline());
    if (stop || nobody_answers(job.plan, sampler.timeline(), elapsed) ||
        tls_never_works(job.plan, sampler.timeline(), elapsed) ||
        observer.is_enough(elapsed, sampler.timeline()))
      crew.stop();
  });
  io.run();

  const auto end = crew.finish(start, run);
  run.cpu.machine_cores = machine_cpus();
  if (const auto after = machine_cpu_seconds(); after && machine_before && run.seconds > 0)
    run.cpu.machine_busy = (*after - *machine_before) / run.seconds;
  run.cpu.quota = quota_between(quota_before, read_cpu_quota(getpid()));
  servers.end(run);
  run.way = way.end();
  run.upstreams = upstreams.end();
  run.timeline = sampler.take_timeline().finish(end - start);
  run.counters = difference(counters_before, read_counters());
  run.sockets_after = sockets.take_last();
  run.censuses = sockets.count();
  run.census_seconds = sockets.seconds();
  return run;
}

}  // namespace tws::load
