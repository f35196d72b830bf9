// Two sets of runs, compared number by number: `hammer compare`, `hammer ab`.
#pragma once

#include "measure/compare.hpp"
#include "tws/judge/threshold.hpp"
#include "tws/measure/run.hpp"

#include <span>
#include <string>
#include <vector>

namespace tws {

inline constexpr double usual_noise = 0.03;

struct ComparedMetric {
  std::string name;  // "p99"
  Unit unit = Unit::seconds;
  bool higher_is_better = false;
  std::size_t before = 0, after = 0;     // runs that have this number
  std::optional<Comparison> comparison;  // nothing where a side has none
};

struct ComparedRuns {
  double noise = usual_noise;
  std::vector<ComparedMetric> metrics;

  // `worse` if one number is worse, else `cant_tell` if one can't be told.
  Change overall() const;
};

// Throws UsageError where `name` is no number of a run that can be compared.
void check_comparable(std::string_view name);

// With more than two metrics each may give a false alarm less often, so that all of them together
// give one in at most a twentieth of all comparisons: only a change for the worse is an alarm,
// which is half of alpha for each.
ComparedRuns compare_runs(std::span<const Run> before, std::span<const Run> after,
                          const std::vector<std::string>& metrics, double noise);

}  // namespace tws
