// The options of `hammer simulate`: a run under the rules of any system.
#pragma once

#include "tws/model/simulation.hpp"

#include <cstdint>
#include <string>

namespace tws {

struct SimulateOptions {
  Simulation simulation;
  std::uint64_t repeat = 1;  // with as many seeds, one after the other
  std::string command;       // that was typed, for a shell
  std::string check;         // the same on a real system; empty where it is not as simple
};

}  // namespace tws
