// Random numbers for the simulation. The same seed gives the same run with every standard library;
// std's distributions don't guarantee that.
#pragma once

#include <cmath>
#include <cstdint>
#include <random>

namespace tws::model {

class Random {
 public:
  explicit Random(std::uint64_t seed) : bits_(seed) {}

  bool coin() { return (bits_() >> 63) != 0; }
  // From 0 to end - 1; `end` is not 0.
  std::uint32_t below(std::uint32_t end) {
    return static_cast<std::uint32_t>(((bits_() >> 32) * end) >> 32);
  }
  double share() { return static_cast<double>(bits_() >> 11) * 0x1p-53; }  // 0 to below 1
  // At least half of `mean`; the rest is exponentially distributed.
  double about(double mean) { return mean > 0 ? mean * (0.5 - 0.5 * std::log1p(-share())) : 0; }

 private:
  std::mt19937_64 bits_;
};

}  // namespace tws::model
