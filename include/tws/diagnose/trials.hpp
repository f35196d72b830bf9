// What to try after a run, so that its verdict rests on measurements (--prove).
#pragma once

#include "tws/diagnose/diagnose.hpp"
#include "tws/measure/run.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tws {

struct TrialPlan {
  std::string change;  // as it is typed: "-c 100"
  Plan plan;           // the run's, with that change, and short
  // Before it, so that what the run before left in the server, or holds of the ports, is done with.
  std::chrono::nanoseconds pause = std::chrono::milliseconds(200);
  // As Trial has them.
  std::string remedy = {};
  std::optional<Prediction> predicted = {};
};

struct Trials {
  std::vector<TrialPlan> planned;     // in the order in which they are to be made
  std::vector<std::string> left_out;  // "sysctl …: needs root"
};

// None where a trial would settle nothing, or would be spoiled by the run: a plan with a rate, a
// load that did not get through. Where ports were the limit, the remedies that need no root, each
// from source addresses in a part of 127.0.0.0/8 that `seed` chooses, since the run's own ports are
// held; no other trial within the last minute may have had the same seed.
Trials trials_for(const Run& run, const Diagnosis& diagnosis, std::uint32_t seed);

// What a trial came to.
Trial trial_of(const TrialPlan& planned, const Run& made);

}  // namespace tws
