// A log-linear histogram of durations in fixed memory, with the buckets of HdrHistogram (lowest
// value 1, three or two significant digits): each value below 2^(bits+1) ns has its own bucket, and
// each doubling above has 2^bits buckets. With 10 bits a bucket is less than 0.1 % wide, which
// gives three significant digits from 1 us to 1 h.
#pragma once

#include <bit>
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace tws {

class Histogram {
 public:
  static constexpr int three_digits = 10;  // 264 KiB
  static constexpr int two_digits = 7;     // 35 KiB, for the ten samples per second
  static constexpr std::chrono::nanoseconds highest = std::chrono::hours(1);

  // Allocates its memory with the first value.
  explicit Histogram(int bits = three_digits) : bits_(bits) {}

  // Allocates the memory now instead.
  void reserve() {
    if (counts_.empty()) allocate();
  }

  // A negative value counts as 0. A value above `highest` is never dropped: it counts in the last
  // bucket and in overflow().
  void record(std::chrono::nanoseconds value) {
    const auto nanoseconds = value.count() < 0 ? 0u : static_cast<std::uint64_t>(value.count());
    if (counts_.empty()) [[unlikely]]
      allocate();
    sum_ += nanoseconds;
    ++count_;
    if (nanoseconds < min_) min_ = nanoseconds;
    if (nanoseconds > max_) max_ = nanoseconds;
    if (nanoseconds > limit) {
      ++overflow_;
      ++counts_.back();
    } else {
      ++counts_[index(nanoseconds)];
    }
  }

  // The same value `count` times.
  void record(std::chrono::nanoseconds value, std::uint64_t count);

  // Adds the other's values. Both must have the same number of bits.
  void merge(const Histogram& other);
  void clear();

  std::uint64_t count() const { return count_; }
  std::uint64_t overflow() const { return overflow_; }
  bool empty() const { return count_ == 0; }

  // Exact, in seconds; nothing if it is empty.
  std::optional<double> min() const;
  std::optional<double> max() const;
  std::optional<double> mean() const;

  // The value at a rank, counted from 1, in seconds: the middle of its bucket, within min and max.
  double at_rank(std::uint64_t rank) const;

  // Nearest rank: the smallest recorded value so that `share` (0 to 1) of all values are not
  // greater.
  std::optional<double> quantile(double share) const;

  // Everything to restore it: the buckets and the exact values.
  struct Saved {
    std::uint64_t min = 0, max = 0, sum = 0, overflow = 0;         // ns; 0 if empty
    std::vector<std::pair<std::uint64_t, std::uint64_t>> buckets;  // a value in ns; count
    bool operator==(const Saved&) const = default;
  };
  Saved save() const;
  static Histogram load(const Saved& saved, int bits = three_digits);
  // With the same number of bits.
  bool operator==(const Histogram&) const = default;

  int bits() const { return bits_; }
  // The number of a value's bucket, and the lowest value of a bucket.
  std::size_t bucket(std::uint64_t value) const { return index(value < limit ? value : limit); }
  std::uint64_t lowest(std::size_t bucket) const;
  std::size_t bucket_count() const { return index(limit) + 1; }

  // The number of values in buckets that begin at or below `seconds`; all values if it is at least
  // the maximum.
  std::uint64_t count_up_to(double seconds) const;

 private:
  static constexpr std::uint64_t limit = static_cast<std::uint64_t>(highest.count());

  std::size_t index(std::uint64_t value) const {
    const int shift = static_cast<int>(std::bit_width(value)) - (bits_ + 1);
    if (shift <= 0) return static_cast<std::size_t>(value);
    return (static_cast<std::size_t>(shift) << bits_) + static_cast<std::size_t>(value >> shift);
  }
  void allocate();
  double middle(std::size_t bucket) const;  // ns
  // The first and last bucket with values; only valid if not empty.
  std::size_t first() const { return bucket(min_); }
  std::size_t last() const { return bucket(max_); }

  int bits_;
  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0;
  std::uint64_t overflow_ = 0;
  std::uint64_t sum_ = 0;  // ns; does not overflow: the sum is at most connections x seconds
  std::uint64_t min_ = UINT64_MAX;
  std::uint64_t max_ = 0;
};

struct Quantile {
  double seconds;
  bool lower_bound;  // the true value is at least this: it depends on requests in flight
  std::optional<double> at_most{};  // however long they take; nothing: there is no such bound
};

// The quantile of measured values and of lower bounds (ages of requests in flight at the deadline).
// Its lower bound uses each age as a value, its upper bound treats each as infinite. If both differ
// by less than 1 %, the result is a value and not a bound. Nothing without values and ages.
std::optional<Quantile> quantile_with_unfinished(const Histogram& measured, const Histogram& ages,
                                                 double share);

}  // namespace tws
