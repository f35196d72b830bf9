// How many requests a rate asks for until a time, and when it has asked for so many.
#pragma once

#include "tws/measure/profile.hpp"

#include <vector>

namespace tws {

class RateCurve {
 public:
  explicit RateCurve(double rate) : rate_(rate) {}
  // One stage after the other; after the last one there are no more requests. Without a stage it is
  // `rate` for ever.
  RateCurve(const std::vector<Stage>& stages, double rate);

  // Requests in the first `seconds`, the last one in part.
  double until(double seconds) const;
  // Seconds until there are so many; infinity if there never are.
  double time_of(double requests) const;

 private:
  // The rate changes evenly.
  struct Piece {
    double begin, length;  // seconds
    double before;         // requests before it
    double from, slope;    // per second, and per second and second
    double until(double seconds) const { return seconds * (from + slope / 2 * seconds); }
    double time_of(double requests) const;
  };

  double rate_;
  std::vector<Piece> pieces_;
};

}  // namespace tws
