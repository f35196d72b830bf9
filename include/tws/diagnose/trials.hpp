// What to try after a run, so that its verdict rests on measurements (--prove).
#pragma once

#include "tws/diagnose/diagnose.hpp"
#include "tws/measure/run.hpp"

#include <string>
#include <vector>

namespace tws {

struct TrialPlan {
  std::string change;  // as it is typed: "-c 100"
  Plan plan;           // the run's, with that change, and short
};

// In the order in which they are to be made. Empty where a trial would settle nothing, or would be
// spoiled by the run: a plan with a rate, ports that the run used up, a load that did not get
// through.
std::vector<TrialPlan> trials_for(const Run& run, const Diagnosis& diagnosis);

// What a trial came to.
Trial trial_of(const TrialPlan& planned, const Run& made);

}  // namespace tws
