// The pause of a connection after a failed attempt or request.
#pragma once

#include <algorithm>
#include <chrono>

namespace tws {

// Twice the last pause, until something succeeds; `last` is zero for the first one.
inline std::chrono::nanoseconds next_pause(std::chrono::nanoseconds last) {
  using namespace std::chrono_literals;
  return std::clamp<std::chrono::nanoseconds>(2 * last, 1ms, 100ms);
}

}  // namespace tws
