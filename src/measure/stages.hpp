// The stages of a run, each as a run of its own.
#pragma once

#include "tws/measure/run.hpp"

#include <cstddef>
#include <optional>

namespace tws {

// As if it was the whole run: with its mean rate or number of connections, and its part of the
// timeline. Its plan's profile has this stage alone.
Run stage_run(const Run& run, std::size_t number);

// Of a stage that is a ramp of the rate: how far it was kept to, to a second or so.
struct Followed {
  double seconds = 0;  // since the stage's start
  double rate = 0;     // that was asked for then
};
// Nothing if it was kept to until the end. `stage`: as stage_run() has it.
std::optional<Followed> followed(const Run& stage);

// What the profile asks for at this time of the run: requests per second, or connections.
double planned_at(const Profile& profile, double seconds);

}  // namespace tws
