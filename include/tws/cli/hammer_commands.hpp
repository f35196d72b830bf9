// What hammer does once it knows what is asked for. All return the exit code.
#pragma once

#include "tws/cli/hammer_options.hpp"

namespace tws {

int run_load_command(const HammerOptions& options);
int run_census_command(const HammerOptions& options);
int run_explain_command(const HammerOptions& options);
int run_limits_command(const HammerOptions& options);
int run_budget_command(const HammerOptions& options);
int run_lab_command(const HammerOptions& options);
int run_simulate_command(const HammerOptions& options);

}  // namespace tws
