// Whether a number changed from one set of runs to another, and whether that can be told at all.
#pragma once

#include "measure/statistics.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace tws {

enum class Change : std::uint8_t {
  same,   // the whole interval lies within the noise
  worse,  // beyond the noise, and hardly by chance
  better,
  cant_tell,  // the interval reaches across the line: more runs may tell
};
std::string_view name(Change change);

struct CompareRule {
  double noise = 0.03;  // a change up to this share is none
  double alpha = 0.05;  // chance of a false alarm that is accepted
};

struct Comparison {
  double before = 0, after = 0;  // medians
  Ratio ratio;                   // of after to before
  double p = 1;                  // of mann_whitney_p()
  Change change = Change::cant_tell;
  // Runs a side that would tell a change beyond the noise from none in nineteen of twenty cases, at
  // the spread of these; nothing if they can't show it, or if they told.
  std::optional<std::size_t> runs_needed;
};

// Fewer runs a side can't tell, whatever they show: the smallest p of three and three is 0.1.
inline constexpr std::size_t fewest_runs = 4;

// Of positive values; one or more a side.
Comparison compare(std::span<const double> before, std::span<const double> after,
                   bool higher_is_better, const CompareRule& rule);

}  // namespace tws
