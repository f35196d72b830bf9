#include "tws/measure/timeline.hpp"

#include <algorithm>

namespace tws {
namespace {

// Workers tick within moments of each other; a sample this far behind the newest is complete.
constexpr std::size_t open_samples = 3;

}  // namespace

std::size_t Timeline::nearest_boundary(std::chrono::nanoseconds at) const {
  const auto boundary = (at + interval_ / 2) / interval_;
  return static_cast<std::size_t>(std::max<std::int64_t>(boundary, 0));
}

Sample& Timeline::sample(std::size_t number) {
  while (samples_.size() <= number) {
    const auto end = interval_ * static_cast<std::int64_t>(samples_.size() + 1);
    samples_.push_back({});
    samples_.back().t = std::chrono::duration<double>(end).count();
  }
  return samples_[number];
}

void Timeline::add(const Tick& tick) {
  const std::size_t number = nearest_boundary(tick.from);
  Sample& to = sample(number);
  to.requests += tick.requests;
  to.errors += tick.errors;
  attempts_ += tick.attempts;
  connected_ += tick.connected;
  errors_ += tick.errors;
  if (tick.attempt_error != 0) attempt_error_ = tick.attempt_error;
  open_.try_emplace(number, Histogram::two_percent).first->second.merge(tick.latency);
  while (open_.size() > open_samples) close_oldest();
}

void Timeline::add_time_wait(std::chrono::nanoseconds at, std::uint64_t count) {
  if (const auto number = nearest_boundary(at)) sample(number - 1).time_wait = count;
}

void Timeline::add_census(std::chrono::nanoseconds at, const Census& census) {
  if (const auto number = nearest_boundary(at)) sample(number - 1).sockets = census;
}

void Timeline::close_oldest() {
  const auto oldest = open_.begin();
  samples_[oldest->first].p50 = oldest->second.quantile(0.5);
  samples_[oldest->first].p99 = oldest->second.quantile(0.99);
  open_.erase(oldest);
}

std::vector<Sample> Timeline::finish(std::chrono::nanoseconds end) && {
  while (!open_.empty()) close_oldest();
  for (auto& sample : samples_)
    sample.t = std::min(sample.t, std::chrono::duration<double>(end).count());
  return std::move(samples_);
}

}  // namespace tws
