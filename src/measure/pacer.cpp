#include "measure/pacer.hpp"

#include "support/splitmix.hpp"
#include "tws/measure/plan.hpp"

#include <algorithm>
#include <cmath>

namespace tws {
namespace {

// About a century. Later due times are cut to this; no run lasts that long.
constexpr std::chrono::nanoseconds never{3'000'000'000'000'000'000};

// Above 0 and below 1, another for each number.
double chance(std::uint64_t seed, std::uint64_t number) {
  const auto bits = splitmix::mixed(seed + splitmix::step * (number + 1));
  return (static_cast<double>(bits >> 12) + 0.5) * 0x1p-52;
}

}  // namespace

// In the requests that the whole run asks for.
double Pacer::place(std::uint64_t number) {
  const double of_run =
      static_cast<double>(first_) + static_cast<double>(step_) * static_cast<double>(number);
  switch (arrivals_) {
    case Arrivals::even:
      break;
    case Arrivals::uniform:
      return of_run + chance(seed_, first_ + step_ * number);
    case Arrivals::poisson:
      for (; drawn_ <= number; ++drawn_) sum_ -= std::log(chance(seed_, first_ + step_ * drawn_));
      return sum_ * static_cast<double>(step_);
  }
  return of_run + 0.5;
}

std::chrono::nanoseconds Pacer::due(std::uint64_t number) {
  const double time = curve_.time_of(place(number)) * 1e9;
  return std::chrono::nanoseconds(std::llround(std::min(time, static_cast<double>(never.count()))));
}

std::uint64_t Pacer::due_by(std::chrono::nanoseconds elapsed) const {
  if (elapsed >= never) elapsed = never - std::chrono::nanoseconds(1);
  Pacer pacer = *this;
  std::uint64_t count = drawn_;
  if (arrivals_ != Arrivals::poisson) {
    const double of_run = curve_.until(static_cast<double>(elapsed.count()) * 1e-9) - 0.5;
    const double own = (of_run - static_cast<double>(first_)) / static_cast<double>(step_);
    count = static_cast<std::uint64_t>(std::max(std::floor(own) + 1, 0.0));
    // Rounding may be off by one, and so may chance.
    while (count > 0 && pacer.due(count - 1) > elapsed) --count;
  }
  while (pacer.due(count) <= elapsed) ++count;
  return count;
}

std::optional<Pacer> pacer_of(const Plan& plan, std::uint64_t first, std::uint64_t step) {
  if (!plan.is_paced()) return {};
  return Pacer(RateCurve(rates_of(plan), plan.rate.value_or(0)), first, step, plan.arrivals,
               plan.seed);
}

}  // namespace tws
