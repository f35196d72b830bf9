#include "load/looks.hpp"

#include "support/units.hpp"

namespace tws::load {

bool Looks::is_due(std::chrono::nanoseconds elapsed) const {
  constexpr double share = 0.005;
  return count_ < 3 || elapsed >= next_ || seconds_ < share * to_seconds(elapsed);
}

void Looks::took(std::chrono::nanoseconds elapsed, std::chrono::steady_clock::time_point since) {
  if (elapsed >= next_) next_ = elapsed + std::chrono::seconds(1);
  ++count_;
  seconds_ += to_seconds(std::chrono::steady_clock::now() - since);
}

}  // namespace tws::load
