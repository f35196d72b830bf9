// Two sets of runs, compared number by number: `hammer compare`, `hammer ab`.
#pragma once

#include "measure/compare.hpp"
#include "tws/judge/threshold.hpp"
#include "tws/measure/run.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tws {

inline constexpr double usual_noise = 0.03;

struct NamedRun {
  std::string name;  // "A 3", "monday-3.json"
  Run run;
};

// A run that is not compared, or not in all of its numbers.
struct SetAside {
  bool is_new = false;  // which side it is of
  std::string run, why;
};

struct ComparedMetric {
  std::string name;  // "p99"
  Unit unit = Unit::seconds;
  bool higher_is_better = false;
  std::size_t before = 0, after = 0;     // runs that have this number
  bool enough = true;                    // of them are left to tell a change
  std::optional<Comparison> comparison;  // nothing where a side has none
};

struct ComparedRuns {
  double noise = usual_noise;
  std::size_t before = 0, after = 0;  // runs
  std::vector<ComparedMetric> metrics;
  std::vector<SetAside> left_out;  // they measured something else than the server
  std::vector<SetAside> failed;    // their server failed: they count for successes alone

  // `worse` if one number is worse, else `cant_tell` if one can't be told.
  Change overall() const;
  // The share of successes; nothing unless a server failed, or it was asked for.
  const ComparedMetric* successes() const;
};

// Throws UsageError where `name` is no number of a run that can be compared.
void check_comparable(std::string_view name);
// Throws UsageError where runs by `plan` don't have it.
void check_is_had(std::string_view name, const Plan& plan);

// A run that is not valid is left out. Where the server made it so, that is a result: its share of
// successes is then compared as well, before all else. A number can be told if four runs and half
// of all have it, on each side.
//
// With more than two metrics each may give a false alarm less often, so that all of them together
// give one in at most a twentieth of all comparisons: only a change for the worse is an alarm,
// which is half of alpha for each.
ComparedRuns compare_runs(std::span<const NamedRun> before, std::span<const NamedRun> after,
                          std::vector<std::string> metrics, double noise);

}  // namespace tws
