// What rate and latency of a run are worth, in words.
#pragma once

#include "diagnose/facts.hpp"

#include <string>
#include <string_view>

namespace tws::diagnosis {

inline constexpr double full = 0.85;  // share of a thread's time

// What the rate is worth; where `both`, the latency as well.
struct Words {
  std::string rate;
  std::string latency;  // where it is the server's
  bool both = false;
};
// Of a run that this finding limits.
Words worth(const Facts& f, std::string_view id);

}  // namespace tws::diagnosis
