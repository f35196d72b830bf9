// When the requests of a run with a rate are due. Each time is worked out from the request's
// number, so that no error adds up; a late request moves no other.
#pragma once

#include <chrono>
#include <cstdint>

namespace tws {

class Pacer {
 public:
  // Of a run's `rate` requests a second, those numbered `first`, `first + step`, ...: one thread's.
  Pacer(double rate, std::uint64_t first, std::uint64_t step)
      : rate_(rate), first_(first), step_(step) {}

  // Since the start of the run. Request k of the run is due in the middle of its 1/rate seconds, so
  // that T seconds hold rate x T requests, and the last one has time to be answered.
  std::chrono::nanoseconds due(std::uint64_t number) const;

  // How many are due by then.
  std::uint64_t due_by(std::chrono::nanoseconds elapsed) const;

 private:
  double rate_;
  std::uint64_t first_, step_;
};

}  // namespace tws
