#include "measure/rate_curve.hpp"

#include "support/units.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

namespace tws {

RateCurve::RateCurve(const std::vector<Stage>& stages, double rate) : rate_(rate) {
  std::chrono::nanoseconds begin{};
  double before = 0;
  for (const Stage& stage : stages) {
    const double length = to_seconds(stage.length);
    if (length <= 0) continue;
    pieces_.push_back(
        {to_seconds(begin), length, before, stage.from, (stage.to - stage.from) / length});
    before += stage.mean() * length;
    begin += stage.length;
  }
}

// Of t x from + t x t x slope / 2 = requests, in the form that subtracts no two like numbers.
double RateCurve::Piece::time_of(double requests) const {
  if (requests <= 0) return 0;
  const double root = std::sqrt(std::max(from * from + 2 * slope * requests, 0.0));
  return std::min(2 * requests / (from + root), length);
}

double RateCurve::until(double seconds) const {
  if (pieces_.empty()) return seconds * rate_;
  // The last one that has begun.
  auto piece = std::ranges::upper_bound(pieces_, seconds, {}, &Piece::begin);
  if (piece == pieces_.begin()) return 0;
  --piece;
  return piece->before + piece->until(std::min(seconds - piece->begin, piece->length));
}

double RateCurve::time_of(double requests) const {
  if (pieces_.empty()) return requests / rate_;
  // The last one before which there are fewer: pieces at a rate of 0 are passed over.
  auto piece = std::ranges::lower_bound(pieces_, requests, {}, &Piece::before);
  if (piece != pieces_.begin()) --piece;
  if (std::next(piece) == pieces_.end() && requests > piece->before + piece->until(piece->length))
    return std::numeric_limits<double>::infinity();
  return piece->begin + piece->time_of(requests - piece->before);
}

}  // namespace tws
