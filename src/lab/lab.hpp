// Runs a scenario on a real kernel and holds the budget's prediction against what came out.
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
  bool holds = false;               // as the scenario's expectation has it
  std::string why_not;              // in one line, where it does not

  // Of the prediction, signed; nothing where there is none.
  std::optional<double> error() const {
    if (!predicted || *predicted <= 0) return {};
    return measured / *predicted - 1;
  }
};

// Pure: what the budget says of the run, and what the run says.
Comparison compare(Expectation expectation, const Run& run);

struct Outcome {
  const Scenario* scenario = nullptr;
  std::optional<std::string> skipped;  // why; then there is no run
  std::optional<Run> run;
  Diagnosis diagnosis;
  Comparison comparison;
};

// Carries a plan out. Throws UsageError if this system can't.
using MakeRun = std::function<Run(const Plan&)>;

// Networks can be made once permit_networks() has been called; `why_no_networks` is what it said.
// Makes the network, starts tws-server in a process of its own and has the run made in this one. If
// the time is over before a burst's ports are, it runs once more until they are.
Outcome run_scenario(const Scenario& scenario, std::chrono::nanoseconds duration,
                     const std::optional<std::string>& why_no_networks, const MakeRun& make_run);

}  // namespace tws::lab
