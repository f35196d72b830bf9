#include "measure/stages.hpp"

#include "support/units.hpp"
#include "tws/measure/facts.hpp"

#include <algorithm>
#include <cmath>

namespace tws {
namespace {

std::vector<Sample> timeline_of(const Run& run, double from, double to) {
  std::vector<Sample> part;
  double begin = 0;
  for (const Sample& sample : run.timeline) {
    const double middle = (begin + sample.t) / 2;
    begin = sample.t;
    if (middle < from || middle >= to) continue;
    part.push_back(sample);
    part.back().t = std::min(sample.t, to) - from;
  }
  return part;
}

void count_from(std::chrono::nanoseconds start, Failures& failures) {
  for (auto& [kind, failure] : failures)
    failure.first = std::max(failure.first - start, std::chrono::nanoseconds{});
}

}  // namespace

Run stage_run(const Run& run, std::size_t number) {
  const StageRun& stage = run.stages.at(number);
  Run part = run;
  part.stages.clear();
  part.warm_up.reset();
  part.signal.reset();
  part.stopped_by.reset();
  part.seconds = stage.seconds;
  part.tally = stage.tally;
  const auto start =
      std::chrono::round<std::chrono::nanoseconds>(std::chrono::duration<double>(stage.from));
  count_from(start, part.tally.attempts_failed);
  count_from(start, part.tally.requests_failed);
  part.timeline = timeline_of(run, stage.from, stage.from + stage.seconds);
  part.sockets_before = stage.sockets_before;
  part.sockets_after = stage.sockets_after;
  part.counters = stage.counters;
  part.cpu = stage.cpu;
  part.server_side = stage.server_side;
  part.way = stage.way;
  part.upstreams = stage.upstreams;

  const Stage& planned = run.plan.profile.stages.at(number);
  part.plan.profile.stages = {planned};
  part.plan.duration = planned.length;
  part.plan.warm_up = {};
  if (run.plan.profile.varied == Varied::rate)
    part.plan.rate = planned.mean();
  else
    part.plan.connections = static_cast<std::uint32_t>(std::max(std::lround(planned.mean()), 1l));
  return part;
}

std::optional<Followed> followed(const Run& stage) {
  constexpr double enough = 0.9;
  const auto& profile = stage.plan.profile;
  if (profile.varied != Varied::rate || profile.stages.size() != 1) return {};
  const auto parts = slices(stage);
  // The last time at which as much came back as was asked for, and behind it what is missing.
  double kept = 0;
  double asked_since = 0, made_since = 0;
  for (const Slice& slice : parts) {
    const double asked = planned_at(profile, (slice.from + slice.to) / 2);
    asked_since += asked * (slice.to - slice.from);
    made_since += static_cast<double>(slice.requests);
    if (static_cast<double>(slice.requests) < enough * asked * (slice.to - slice.from)) continue;
    kept = slice.to;
    asked_since = made_since = 0;
  }
  // Chance makes a few less, too (--jitter): a standard deviation is the root of their number.
  if (asked_since - made_since <= 3 * std::sqrt(asked_since) + 1) return {};
  return Followed{kept, planned_at(profile, kept)};
}

double planned_at(const Profile& profile, double seconds) {
  double begin = 0;
  for (const Stage& stage : profile.stages) {
    const double length = to_seconds(stage.length);
    if (seconds < begin + length || &stage == &profile.stages.back())
      return std::lerp(stage.from, stage.to, std::clamp((seconds - begin) / length, 0.0, 1.0));
    begin += length;
  }
  return 0;
}

}  // namespace tws
