#include "tws/measure/histogram.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace tws {
namespace {

std::uint64_t nearest_rank(double share, std::uint64_t count) {
  const auto rank = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count)));
  return std::clamp<std::uint64_t>(rank, 1, count);
}

}  // namespace

void Histogram::allocate() {
  counts_.resize(bucket_count());
}

void Histogram::record(std::chrono::nanoseconds value, std::uint64_t count) {
  if (count == 0) return;
  record(value);
  const auto others = count - 1;
  const auto nanoseconds = static_cast<std::uint64_t>(std::max<std::int64_t>(value.count(), 0));
  sum_ += nanoseconds * others;
  count_ += others;
  counts_[std::min(index(nanoseconds), counts_.size() - 1)] += others;
  if (nanoseconds > limit) overflow_ += others;
}

void Histogram::merge(const Histogram& other) {
  assert(bits_ == other.bits_);
  if (other.empty()) return;
  if (counts_.empty()) allocate();
  for (std::size_t i = other.first(); i <= other.last(); ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  overflow_ += other.overflow_;
  sum_ += other.sum_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
}

void Histogram::clear() {
  *this = Histogram(bits_);
}

std::optional<double> Histogram::min() const {
  if (empty()) return {};
  return static_cast<double>(min_) / 1e9;
}

std::optional<double> Histogram::max() const {
  if (empty()) return {};
  return static_cast<double>(max_) / 1e9;
}

std::optional<double> Histogram::mean() const {
  if (empty()) return {};
  return static_cast<double>(sum_) / static_cast<double>(count_) / 1e9;
}

double Histogram::at_rank(std::uint64_t rank) const {
  assert(rank >= 1 && rank <= count_);
  // Values over `highest` share a bucket with it; only their maximum is known.
  if (rank > count_ - overflow_) return static_cast<double>(max_) / 1e9;
  std::uint64_t seen = 0;
  std::size_t i = first();
  while ((seen += counts_[i]) < rank) ++i;
  return std::clamp(middle(i), static_cast<double>(min_), static_cast<double>(max_)) / 1e9;
}

std::optional<double> Histogram::quantile(double share) const {
  if (empty()) return {};
  return at_rank(nearest_rank(share, count_));
}

std::uint64_t Histogram::count_up_to(double seconds) const {
  const double nanoseconds = seconds * 1e9;
  if (nanoseconds < 0) return 0;
  if (nanoseconds >= static_cast<double>(max_)) return count_;
  const auto last = index(static_cast<std::uint64_t>(std::min(nanoseconds, double{limit})));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i <= last; ++i) seen += counts_[i];
  return std::min(seen, count_ - overflow_);
}

Histogram::Saved Histogram::save() const {
  if (empty()) return {};
  Saved saved{min_, max_, sum_, overflow_, {}};
  for (std::size_t i = first(); i <= last(); ++i)
    if (counts_[i] > 0)
      saved.buckets.emplace_back(static_cast<std::uint64_t>(middle(i)), counts_[i]);
  return saved;
}

Histogram Histogram::load(const Saved& saved, int bits) {
  Histogram histogram(bits);
  for (const auto& [value, count] : saved.buckets) {
    if (count == 0) continue;
    if (histogram.counts_.empty()) histogram.allocate();
    histogram.counts_[histogram.bucket(value)] += count;
    histogram.count_ += count;
    histogram.min_ = std::min(histogram.min_, value);
    histogram.max_ = std::max(histogram.max_, value);
  }
  if (histogram.empty()) return histogram;
  // Exact values that contradict the buckets are ignored.
  if (histogram.bucket(saved.min) <= histogram.first()) histogram.min_ = saved.min;
  if (histogram.bucket(saved.max) >= histogram.last()) histogram.max_ = saved.max;
  histogram.sum_ = saved.sum;
  histogram.overflow_ = std::min(saved.overflow, histogram.count_);
  return histogram;
}

std::uint64_t Histogram::lowest(std::size_t bucket) const {
  const std::size_t half = std::size_t{1} << bits_;
  if (bucket < 2 * half) return bucket;
  const std::size_t shift = (bucket >> bits_) - 1;
  return static_cast<std::uint64_t>(bucket - shift * half) << shift;
}

double Histogram::middle(std::size_t bucket) const {
  const std::size_t half = std::size_t{1} << bits_;
  const auto low = static_cast<double>(lowest(bucket));
  if (bucket < 2 * half) return low;
  return low + std::ldexp(1.0, static_cast<int>(bucket >> bits_) - 1) / 2;
}

std::optional<Quantile> quantile_with_unfinished(const Histogram& measured, const Histogram& ages,
                                                 double share) {
  if (ages.empty()) {
    const auto exact = measured.quantile(share);
    return exact ? std::optional<Quantile>({*exact, false, exact}) : std::nullopt;
  }
  Histogram as_they_stand = measured;
  as_they_stand.merge(ages);
  if (as_they_stand.empty()) return {};

  const std::uint64_t rank = nearest_rank(share, as_they_stand.count());
  const double lower = as_they_stand.at_rank(rank);
  // If every age is infinite, the quantile is that of the measured values at this rank.
  if (rank > measured.count()) return Quantile{lower, true};
  const double upper = measured.at_rank(rank);
  return Quantile{lower, upper > lower * 1.01, upper};
}

}  // namespace tws
