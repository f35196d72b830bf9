// Runs a scenario on a real kernel and compares the result with the budget's prediction.
#pragma once

#include "lab/scenario.hpp"
#include "tws/diagnose/diagnose.hpp"
#include "tws/measure/run.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace tws::lab {

struct Comparison {
  std::optional<double> predicted;  // connections; nothing: no ceiling
  double measured = 0;              // connections
  bool holds = false;               // the scenario's expectation is met
  bool too_slow = false;            // not met, but this machine did not get far enough to tell
  std::string why_not;              // in one line, if it is not met
  // Of Expectation::ramp: when the first connection found no port.
  std::optional<double> predicted_seconds, measured_seconds;

  // Relative to the prediction, signed; nothing without a prediction.
  std::optional<double> error() const {
    if (!predicted || *predicted <= 0) return {};
    return measured / *predicted - 1;
  }
};

// Compares the budget's prediction for the run with its result. Pure.
Comparison compare(Expectation expectation, const Run& run);

struct Outcome {
  const Scenario* scenario = nullptr;
  std::optional<std::string> skipped;  // the reason; then there is no run
  std::optional<Run> run;
  Diagnosis diagnosis;
  Comparison comparison;
};

// Carries a plan out. Throws UsageError if this system can't.
using MakeRun = std::function<Run(const Plan&)>;

// `why_no_networks` is the result of permit_networks(), which must be called before. Makes the
// network, starts tws-server in a separate process and makes the run in this process. If the run
// ends before a burst has used up the ports, it runs once more until they are used up.
Outcome run_scenario(const Scenario& scenario, std::chrono::nanoseconds duration,
                     const std::optional<std::string>& why_no_networks, const MakeRun& make_run);

}  // namespace tws::lab
