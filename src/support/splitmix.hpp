// Random numbers by number: the same seed and number give the same one with every library.
// splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
#pragma once

#include <cstdint>

namespace tws::splitmix {

inline constexpr std::uint64_t step = 0x9e3779b97f4a7c15;

// Of a state, which is `step` more each time.
constexpr std::uint64_t mixed(std::uint64_t state) {
  state = (state ^ (state >> 30)) * 0xbf58476d1ce4e5b9;
  state = (state ^ (state >> 27)) * 0x94d049bb133111eb;
  return state ^ (state >> 31);
}

}  // namespace tws::splitmix
