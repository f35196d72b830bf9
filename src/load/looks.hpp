// When to look at something that costs the more the more sockets there are.
#pragma once

#include <chrono>
#include <cstdint>

namespace tws::load {

// Three times at the beginning, then once a second, and with every sample while all looks together
// took less than 0.5 % of the time.
class Looks {
 public:
  bool is_due(std::chrono::nanoseconds elapsed) const;
  // After each look: `since` it began.
  void took(std::chrono::nanoseconds elapsed, std::chrono::steady_clock::time_point since);

  std::uint64_t count() const { return count_; }
  double seconds() const { return seconds_; }

 private:
  std::chrono::nanoseconds next_ = std::chrono::seconds(1);
  std::uint64_t count_ = 0;
  double seconds_ = 0;
};

}  // namespace tws::load
