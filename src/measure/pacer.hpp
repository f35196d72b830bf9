// Due times of requests in a run with a rate. Each is calculated from the request's number, so
// errors don't accumulate, and a late request does not delay others.
#pragma once

#include <chrono>
#include <cstdint>

namespace tws {

class Pacer {
 public:
  // For one thread: the requests numbered `first`, `first + step`, ... of a run's `rate` per
  // second.
  Pacer(double rate, std::uint64_t first, std::uint64_t step)
      : rate_(rate), first_(first), step_(step) {}

  // Time since the start of the run. Request k is due in the middle of its interval of 1/rate
  // seconds, so T seconds have rate x T requests, and the last one has time for its response.
  std::chrono::nanoseconds due(std::uint64_t number) const;

  // The number of requests due until `time`.
  std::uint64_t due_by(std::chrono::nanoseconds elapsed) const;

 private:
  double rate_;
  std::uint64_t first_, step_;
};

}  // namespace tws
