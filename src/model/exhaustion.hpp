// When a rate that changes over time uses the ports up.
#pragma once

#include "tws/model/budget.hpp"

#include <cstdint>
#include <optional>

namespace tws {

// Seconds until the first connection of demand.stages that finds no tuple; nothing: each finds one.
std::optional<double> exhausted_in_stages(const Demand& demand, std::uint64_t tuples);

}  // namespace tws
