// Thresholds that end a run early: --threshold 'errors < 1% over 10s abort after 30s'.
#pragma once

#include "tws/judge/threshold.hpp"
#include "tws/measure/timeline.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace tws {

class ThresholdWatch {
 public:
  // Throws UsageError, as thresholds_of().
  explicit ThresholdWatch(const Plan& plan);

  // To be called while the run is under way. Looks once a second, and returns the text of a
  // threshold that asks for an end and does not hold. judge() sees it in the same part of the run.
  std::optional<std::string> broken(std::chrono::nanoseconds elapsed, const Timeline& timeline);

 private:
  std::vector<Threshold> thresholds_;  // those that may end the run
  std::chrono::nanoseconds next_{};
};

}  // namespace tws
