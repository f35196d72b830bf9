#include "measure/pacer.hpp"

#include <algorithm>
#include <cmath>

namespace tws {

namespace {

// About a century. Later due times are cut to this; no run lasts that long.
constexpr std::chrono::nanoseconds never{3'000'000'000'000'000'000};

}  // namespace

std::chrono::nanoseconds Pacer::due(std::uint64_t number) const {
  const double of_run =
      static_cast<double>(first_) + static_cast<double>(step_) * static_cast<double>(number) + 0.5;
  const double time = std::min(of_run / rate_ * 1e9, static_cast<double>(never.count()));
  return std::chrono::nanoseconds(std::llround(time));
}

std::uint64_t Pacer::due_by(std::chrono::nanoseconds elapsed) const {
  if (elapsed >= never) elapsed = never - std::chrono::nanoseconds(1);
  const double of_run = static_cast<double>(elapsed.count()) * 1e-9 * rate_ - 0.5;
  const double own = (of_run - static_cast<double>(first_)) / static_cast<double>(step_);
  auto count = static_cast<std::uint64_t>(std::max(std::floor(own) + 1, 0.0));
  // Rounding may be off by one.
  while (count > 0 && due(count - 1) > elapsed) --count;
  while (due(count) <= elapsed) ++count;
  return count;
}

}  // namespace tws
