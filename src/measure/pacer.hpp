// Due times of requests in a run with a rate. Each is calculated from the request's number, so
// errors don't accumulate, and a late request does not delay others.
#pragma once

#include "measure/rate_curve.hpp"
#include "tws/measure/profile.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace tws {

class Pacer {
 public:
  // For one thread: the requests numbered `first`, `first + step`, ... of a run's rate. With
  // Arrivals::poisson each thread has a process of its own; together they are one of the rate.
  Pacer(RateCurve curve, std::uint64_t first, std::uint64_t step,
        Arrivals arrivals = Arrivals::even, std::uint64_t seed = 0)
      : curve_(std::move(curve)), first_(first), step_(step), arrivals_(arrivals), seed_(seed) {}
  Pacer(double rate, std::uint64_t first, std::uint64_t step)
      : Pacer(RateCurve(rate), first, step) {}

  // Time since the start of the load. Request k is due in the middle of its interval, in which the
  // rate asks for one request, so a window has as many as the rate asks for in it, and the last
  // one has time for its response. To be called with numbers that do not fall.
  std::chrono::nanoseconds due(std::uint64_t number);

  // The number of requests due until `time`. With Arrivals::poisson those that due() was called for
  // count in any case.
  std::uint64_t due_by(std::chrono::nanoseconds elapsed) const;

 private:
  double place(std::uint64_t number);

  RateCurve curve_;
  std::uint64_t first_, step_;
  Arrivals arrivals_;
  std::uint64_t seed_;
  // Of Arrivals::poisson: intervals of this thread's requests so far.
  std::uint64_t drawn_ = 0;
  double sum_ = 0;
};

// Nothing for a plan without a rate.
std::optional<Pacer> pacer_of(const Plan& plan, std::uint64_t first, std::uint64_t step);

}  // namespace tws
