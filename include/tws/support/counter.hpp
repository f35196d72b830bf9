// A number that one thread increases and other threads may read meanwhile.
#pragma once

#include <atomic>
#include <cstdint>

namespace tws {

// With only one writer, adding is a load and a store without a locked instruction, as cheap as for
// a plain number. A copy has the value at one moment; copies of several counters may be from
// different moments.
class Counter {
 public:
  Counter(std::uint64_t value = 0) : value_(value) {}
  Counter(const Counter& other) : value_(other) {}
  Counter& operator=(const Counter& other) {
    value_.store(other, std::memory_order_relaxed);
    return *this;
  }

  operator std::uint64_t() const { return value_.load(std::memory_order_relaxed); }
  Counter& operator+=(std::uint64_t more) {
    value_.store(*this + more, std::memory_order_relaxed);
    return *this;
  }
  Counter& operator++() { return *this += 1; }

 private:
  std::atomic<std::uint64_t> value_;
};

// What fmt shows.
inline std::uint64_t format_as(const Counter& counter) {
  return counter;
}

}  // namespace tws
