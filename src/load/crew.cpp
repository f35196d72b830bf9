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

Clock::time_point Crew::finish() {
  join();
  Clock::time_point end;
  for (const auto& worker : workers_) end = std::max(end, worker->ended_at());
  for (const auto& worker : workers_) worker->account_until(end);
  return end;
}

std::size_t Crew::parts() const {
  std::size_t parts = 0;
  for (const auto& worker : workers_) parts = std::max(parts, worker->parts().size());
  return parts;
}

void Crew::tell(std::size_t first, std::size_t last, double seconds, Tally& to, Cpu& cpu) const {
  for (const auto& worker : workers_) {
    const auto& parts = worker->parts();
    if (first >= parts.size()) continue;
    Worker::Part sum = parts[first];
    for (std::size_t i = first + 1; i <= std::min(last, parts.size() - 1); ++i) {
      sum.tally.append(parts[i].tally);
      sum.cpu_seconds += parts[i].cpu_seconds;
      if (sum.waited_seconds) *sum.waited_seconds += parts[i].waited_seconds.value_or(0);
    }
    to.merge(sum.tally);
    if (seconds <= 0) continue;
    cpu.busy += sum.cpu_seconds / seconds;
    cpu.busiest_thread = std::max(cpu.busiest_thread, sum.cpu_seconds / seconds);
    if (sum.waited_seconds) cpu.waiting = cpu.waiting.value_or(0) + *sum.waited_seconds / seconds;
  }
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
