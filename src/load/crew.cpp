#include "load/crew.hpp"

#include "support/signals.hpp"
#include "tws/support/errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <system_error>
#include <utility>

namespace tws::load {

Crew::Crew(const Job& job, const std::function<void(Tick)>& on_tick) : job_(job) {
  const Plan& plan = job.plan;
  const auto count = std::min(plan.threads, plan.connections);
  try {
    for (std::uint32_t i = 0; i < count; ++i) {
      auto requests = plan.requests.value_or(UINT64_MAX);
      if (plan.requests) requests = requests / count + (i < requests % count ? 1 : 0);
      workers_.push_back(std::make_unique<Worker>(job, i, count, requests, on_tick));
    }
  } catch (const std::system_error& error) {
    fail(error.code().value());
  } catch (const std::bad_alloc&) {
    fail(ENOMEM);
  }
}

Crew::~Crew() {
  stop();
  join();
}

void Crew::start(Clock::time_point start, std::function<void()> on_end) {
  running_ = workers_.size();
  try {
    const StopSignalsBlocked in_workers;  // signals go to the thread that started the run
    for (auto& worker : workers_)
      threads_.emplace_back([this, &worker = *worker, start, on_end] {
        worker.run(start);
        if (--running_ == 0) on_end();
      });
  } catch (const std::system_error& error) {
    fail(error.code().value());
  }
}

void Crew::stop() {
  for (auto& worker : workers_) worker->stop();
}

Clock::time_point Crew::finish(Clock::time_point start, Run& run) {
  join();
  Clock::time_point end = start;
  for (const auto& worker : workers_) end = std::max(end, worker->ended_at());
  run.seconds = std::chrono::duration<double>(end - start).count();
  for (const auto& worker : workers_) {
    worker->account_until(end);
    run.tally.merge(worker->tally());
    if (run.seconds <= 0) continue;
    const double share = worker->cpu_seconds() / run.seconds;
    run.cpu.busy += share;
    run.cpu.busiest_thread = std::max(run.cpu.busiest_thread, share);
    if (const auto waited = worker->waited_seconds())
      run.cpu.waiting = run.cpu.waiting.value_or(0) + *waited / run.seconds;
  }
  return end;
}

void Crew::join() {
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

void Crew::fail(int error) const {
  throw RunError(fmt::format("--threads: '{}' could not be started: {}", job_.plan.threads,
                             errno_text(error)));
}

}  // namespace tws::load
