// The order in which things of different weights take turns.
#pragma once

#include <cstdint>
#include <vector>

namespace tws::load {

inline constexpr std::uint64_t longest_order = 1'000'000;

// Indices of the weights, each as often as its weight after all were divided by their greatest
// common divisor, and spread evenly: no part of the order has noticeably more or less of one than
// its share. Of equal weights they are in order. Weights are not 0. Empty if the order would be
// longer than `longest_order`.
std::vector<std::uint32_t> interleaved(const std::vector<std::uint64_t>& weights);

}  // namespace tws::load
