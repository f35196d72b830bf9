// A number that one thread raises and any other may read meanwhile.
#pragma once

#include <atomic>
#include <cstdint>

namespace tws {

// As there is one writer, adding is a load and a store: no locked instruction, nothing dearer than
// with a plain number. A copy is the value of one moment; of several counters each has its own.
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
