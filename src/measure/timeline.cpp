#include "tws/measure/timeline.hpp"

#include "support/units.hpp"

#include <algorithm>

namespace tws {
namespace {

// All workers tick at nearly the same time; a sample this far behind the latest is complete.
constexpr std::size_t open_samples = 3;

void keep_most(Sample& sample, std::uint64_t time_wait) {
  sample.time_wait = std::max(sample.time_wait.value_or(0), time_wait);
}

void keep_fullest(Sample& sample, const Census& census) {
  if (!sample.sockets || census.client_ports >= sample.sockets->client_ports)
    sample.sockets = census;
}

// Adds a sample to the previous one. The caller sets the time.
void add(const Sample& sample, Sample& to) {
  to.requests += sample.requests;
  to.errors += sample.errors;
  if (!sample.latency.empty()) {
    Histogram sum = to.latency.unpack();
    sum.merge(sample.latency.unpack());
    to.latency = PackedHistogram(sum);
  }
  if (sample.time_wait) keep_most(to, *sample.time_wait);
  if (sample.sockets) keep_fullest(to, *sample.sockets);
}

}  // namespace

std::vector<Sample> by_second(const std::vector<Sample>& samples) {
  constexpr double second = 1 - 1e-6;  // times of samples are sums of tenths
  std::vector<Sample> joined;
  double from = 0;
  for (const Sample& sample : samples) {
    if (joined.empty() || joined.back().t - from >= second) {
      from = joined.empty() ? 0 : joined.back().t;
      joined.push_back(sample);
    } else {
      add(sample, joined.back());
      joined.back().t = sample.t;
    }
  }
  return joined;
}

std::size_t Timeline::nearest_boundary(std::chrono::nanoseconds at) const {
  const auto boundary = (at + interval_ / 2) / interval_;
  return static_cast<std::size_t>(std::max<std::int64_t>(boundary, 0));
}

Sample& Timeline::sample(std::size_t interval) {
  while (interval / static_cast<std::size_t>(width_) >= most_samples) widen();
  const std::size_t number = interval / static_cast<std::size_t>(width_);
  while (samples_.size() <= number) {
    const auto end = width() * static_cast<std::int64_t>(samples_.size() + 1);
    samples_.push_back({});
    samples_.back().t = to_seconds(end);
  }
  return samples_[number];
}

void Timeline::widen() {
  while (!open_.empty()) close_oldest();
  width_ *= 2;
  for (std::size_t i = 0; i < samples_.size(); ++i) {
    if (i % 2 == 1)
      tws::add(samples_[i], samples_[i / 2]);
    else if (i > 0)
      samples_[i / 2] = std::move(samples_[i]);
  }
  samples_.resize((samples_.size() + 1) / 2);
  samples_.shrink_to_fit();
  for (std::size_t i = 0; i < samples_.size(); ++i)
    samples_[i].t = to_seconds(width() * static_cast<std::int64_t>(i + 1));
}

void Timeline::add(const Tick& tick) {
  const std::size_t interval = nearest_boundary(tick.from);
  Sample& to = sample(interval);
  to.requests += tick.requests;
  to.errors += tick.errors;
  attempts_ += tick.attempts;
  connected_ += tick.connected;
  handshakes_ += tick.handshakes;
  tls_faults_ += tick.tls_faults;
  requests_ += tick.requests;
  errors_ += tick.errors;
  latency_.merge(tick.latency);
  if (tick.attempt_error != 0) attempt_error_ = tick.attempt_error;
  open_.try_emplace(interval / static_cast<std::size_t>(width_), Histogram::two_digits)
      .first->second.merge(tick.latency);
  while (open_.size() > open_samples) close_oldest();
}

void Timeline::add_time_wait(std::chrono::nanoseconds at, std::uint64_t count) {
  if (const auto number = nearest_boundary(at)) keep_most(sample(number - 1), count);
}

void Timeline::add_census(std::chrono::nanoseconds at, const Census& census) {
  if (const auto number = nearest_boundary(at)) keep_fullest(sample(number - 1), census);
}

void Timeline::close_oldest() {
  const auto oldest = open_.begin();
  // A late tick may already have left latencies there.
  Sample& sample = samples_[oldest->first];
  oldest->second.merge(sample.latency.unpack());
  sample.latency = PackedHistogram(oldest->second);
  open_.erase(oldest);
}

std::vector<Sample> Timeline::finish(std::chrono::nanoseconds end) && {
  while (!open_.empty()) close_oldest();
  for (auto& sample : samples_) sample.t = std::min(sample.t, to_seconds(end));
  return std::move(samples_);
}

}  // namespace tws
