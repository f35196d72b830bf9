#include "model/exhaustion.hpp"

#include "measure/rate_curve.hpp"
#include "support/units.hpp"

#include <algorithm>
#include <vector>

namespace tws {
namespace {

// Tuples that are held at a time: those of the connections of the last cycle. What was held at the
// start comes back after a cycle, at the worst.
class Held {
 public:
  Held(const Demand& demand, std::uint64_t tuples)
      : curve_(demand.stages, 0),
        cycle_(demand.life_seconds + demand.hold_seconds),
        all_(static_cast<double>(tuples)),
        free_(static_cast<double>(tuples - std::min(demand.held, tuples))) {}

  double cycle() const { return cycle_; }
  // Above 0: more than there are.
  double excess(double seconds, bool in_first_cycle) const {
    const double before = in_first_cycle ? 0 : curve_.until(std::max(seconds - cycle_, 0.0));
    return curve_.until(seconds) - before - (in_first_cycle ? free_ : all_);
  }

 private:
  RateCurve curve_;
  double cycle_, all_, free_;
};

// The first moment between `low` and `high` at which `excess` becomes more than 0, if it grows all
// the way.
template <typename Excess>
double crossing(double low, double high, Excess excess) {
  for (int i = 0; i < 100; ++i) {
    const double middle = (low + high) / 2;
    (excess(middle) > 0 ? high : low) = middle;
  }
  return high;
}

// Where the parabola through three values has its vertex: the share of the way from the first to
// the last; nothing if not in between.
std::optional<double> vertex(double first, double middle, double last) {
  const double curvature = first - 2 * middle + last;
  const double share = (3 * first - 4 * middle + last) / (4 * curvature);
  return share > 0 && share < 1 ? std::optional(share) : std::nullopt;
}

}  // namespace

std::optional<double> exhausted_in_stages(const Demand& demand, std::uint64_t tuples) {
  const Held held(demand, tuples);
  // Between these the number that is held is a parabola.
  std::vector<double> bounds{0, held.cycle()};
  double end = 0;
  for (const Stage& stage : demand.stages) {
    end += to_seconds(stage.length);
    bounds.push_back(end);
    bounds.push_back(end + held.cycle());
  }
  std::ranges::sort(bounds);
  // What rounding makes of exactly as many as there are.
  const double slack = 1e-9 * static_cast<double>(std::max<std::uint64_t>(tuples, 1));
  for (std::size_t i = 1; i < bounds.size() && bounds[i - 1] < end; ++i) {
    const double from = bounds[i - 1], to = std::min(bounds[i], end);
    if (to <= from) continue;
    const bool first_cycle = to <= held.cycle();
    const auto excess = [&](double at) { return held.excess(at, first_cycle) - slack; };
    const double highest =
        from + (to - from) * vertex(excess(from), excess((from + to) / 2), excess(to)).value_or(1);
    if (excess(from) > 0) return from;
    for (const double peak : {highest, to})
      if (excess(peak) > 0) return crossing(from, peak, excess);
  }
  return {};
}

}  // namespace tws
