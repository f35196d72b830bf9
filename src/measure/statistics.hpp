// What two sets of measurements say about the change from one to the other. The unit is a run: the
// requests of one run depend on each other, so that any difference between them looks certain.
#pragma once

#include <optional>
#include <span>

namespace tws {

double median(std::span<const double> values);  // of one or more

// Mann-Whitney's U test, two-sided: how probable a difference like this is if both sides come from
// the same distribution. Exact without ties; with ties by the normal approximation, corrected for
// them and for continuity. Both sides have one value or more.
double mann_whitney_p(std::span<const double> one, std::span<const double> other);

struct RatioInterval {
  double low = 0, high = 0;
};
struct Ratio {
  double estimate = 1;  // the median of all ratios of a new value to an old one (Hodges-Lehmann)
  // Of 95 %, by the order of those ratios and the distribution of U. Nothing where so few values
  // can't give one: at least four a side, or three and five, or two and eight.
  std::optional<RatioInterval> interval;
};
// Of positive values.
Ratio ratio_of(std::span<const double> old_values, std::span<const double> new_values);

}  // namespace tws
