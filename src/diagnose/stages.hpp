// The diagnosis of a run whose load changed over time.
#pragma once

#include "tws/diagnose/diagnose.hpp"
#include "tws/measure/run.hpp"

#include <string>

namespace tws::diagnosis {

// "1,000 to 2,000", "500"
std::string stage_values(const Stage& stage);
// "1,000 to 2,000/s", "500 connections"
std::string stage_load(const Profile& profile, const Stage& stage);

// Each stage by itself. Findings and verdict are those of the stage that tells most, which the
// verdict names.
Diagnosis diagnose_stages(const Run& run);

}  // namespace tws::diagnosis
