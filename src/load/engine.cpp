#include "tws/load/engine.hpp"

#include "load/crew.hpp"
#include "load/watch.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
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
  asio::io_context io{1};
  Watch watch(prepared, io);
  watch.begin();
  Sampler& sampler = watch.sampler();
  Crew crew(job, [&](Tick tick) {
    asio::post(io, [&sampler, tick = std::move(tick)] { sampler.add(tick); });
  });
  observer.on_start(watch.run());
  const auto start = Clock::now();
  crew.start(start, [&] { asio::post(io, [&sampler] { sampler.stop(); }); });
  watch.start(start, [&](std::chrono::nanoseconds elapsed) {
    const bool warming_up = elapsed < elapsed.zero();
    const auto& timeline = warming_up ? sampler.warm_up() : sampler.timeline();
    const auto since_start = warming_up ? elapsed + job.plan.warm_up : elapsed;
    if (warming_up)
      observer.on_warm_up(-elapsed);
    else
      observer.on_progress(elapsed, timeline);
    // What was connected in the warm-up is not connected once more.
    const bool may_be_dead = warming_up || sampler.warm_up().connected() == 0;
    if (stop ||
        (may_be_dead && (nobody_answers(job.plan, timeline, since_start) ||
                         tls_never_works(job.plan, timeline, since_start))) ||
        (!warming_up && observer.is_enough(elapsed, timeline)))
      crew.stop();
  });
  io.run();
  const auto end = crew.finish();
  return std::move(watch).finish(crew, end);
}

}  // namespace tws::load
