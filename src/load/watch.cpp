#include "load/watch.hpp"

#include "load/job.hpp"
#include "support/units.hpp"
#include "tws/measure/facts.hpp"

#include <algorithm>
#include <utility>

namespace tws::load {
namespace {

constexpr std::size_t all_parts = SIZE_MAX;

}  // namespace

Watch::Watch(const Prepared& prepared, asio::io_context& io)
    : prepared_(prepared),
      plan_(prepared.job->plan),
      run_(prepared.run),
      whole_(prepared),
      sockets_(prepared, whole_.servers()),
      sampler_(io, sockets_) {}

void Watch::begin() {
  if (plan_.warm_up == plan_.warm_up.zero()) whole_.begin();
  run_.sockets_before = sockets_.take();
}

void Watch::start(Clock::time_point start,
                  std::function<void(std::chrono::nanoseconds)> after_each) {
  load_start_ = start;
  if (plan_.warm_up == plan_.warm_up.zero()) begin_run(start);
  sampler_.start(start, plan_, std::move(after_each), [this](std::size_t number) { turn(number); });
}

void Watch::begin_run(Clock::time_point start) {
  run_start_ = start;
  whole_.set_start(start);
  sampler_.watch({&whole_});
  begin_stage(start, run_.sockets_before);
}

void Watch::turn(std::size_t number) {
  const auto at = load_start_ + turns_of(plan_)[number];
  if (has_begun()) {
    const auto sockets = sockets_.take();
    end_stage(at, sockets);
    return begin_stage(at, sockets);
  }
  whole_.begin();
  run_.sockets_before = sockets_.take();
  begin_run(at);
}

void Watch::begin_stage(Clock::time_point start, const std::optional<Census>& sockets) {
  if (plan_.profile.stages.empty()) return;
  auto& part = *stages_.emplace_back(std::make_unique<PartWatch>(prepared_));
  part.begin();
  part.set_start(start);
  sampler_.watch({&whole_, &part});
  StageRun& stage = run_.stages.emplace_back();
  stage.from = to_seconds(start - run_start_);
  stage.sockets_before = sockets;
}

void Watch::end_stage(Clock::time_point end, const std::optional<Census>& sockets) {
  if (stages_.empty()) return;
  StageRun& stage = run_.stages.back();
  stage.seconds = std::max(to_seconds(end - run_start_) - stage.from, 0.0);
  stage.sockets_after = sockets;
  Run seen;
  seen.seconds = stage.seconds;
  stages_.back()->cancel();
  stages_.back()->end(seen);
  stage.cpu = std::move(seen.cpu);
  stage.counters = std::move(seen.counters);
  stage.server_side = std::move(seen.server_side);
  stage.way = std::move(seen.way);
  stage.upstreams = std::move(seen.upstreams);
}

// What the workers have counted in each.
void Watch::finish_stages(const Crew& crew, std::size_t first) {
  // Workers may have noticed the last turn and this thread not, or the other way round.
  StageRun missed;
  missed.from = run_.seconds;
  run_.stages.resize(std::max(crew.parts(), first) - first, missed);
  for (std::size_t i = 0; i < run_.stages.size(); ++i)
    crew.tell(first + i, first + i, run_.stages[i].seconds, run_.stages[i].tally,
              run_.stages[i].cpu);
}

Run Watch::finish(const Crew& crew, Clock::time_point end) && {
  // A load that ended during its warm-up is all that there is to tell of.
  const auto begin = has_begun() ? run_start_ : load_start_;
  const std::size_t first = has_begun() && plan_.warm_up.count() > 0 ? 1 : 0;
  run_.seconds = std::max(to_seconds(end - begin), 0.0);
  crew.tell(first, all_parts, run_.seconds, run_.tally, run_.cpu);
  if (has_begun()) whole_.end(run_);
  const auto length = std::max<std::chrono::nanoseconds>(end - begin, {});
  run_.timeline = has_begun() ? sampler_.take_timeline().finish(length)
                              : Timeline(sampler_.warm_up()).finish(length);
  if (first > 0) {
    Tally before;
    Cpu unused;
    crew.tell(0, 0, 0, before, unused);
    run_.warm_up = {to_seconds(plan_.warm_up), before.responses(),
                    total(before.attempts_failed) + total(before.requests_failed),
                    before.attempts_connected};
  }
  run_.sockets_after = sockets_.take_last();
  end_stage(end, run_.sockets_after);
  if (!plan_.profile.stages.empty() && has_begun()) finish_stages(crew, first);
  run_.censuses = sockets_.count();
  run_.census_seconds = sockets_.seconds();
  return std::move(run_);
}

}  // namespace tws::load
