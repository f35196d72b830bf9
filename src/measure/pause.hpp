// How long a connection pauses after an attempt or a request that failed, before it tries again.
#pragma once

#include <algorithm>
#include <chrono>

namespace tws {

// Twice as long as the last one, while nothing succeeds; `last` is zero for the first one.
inline std::chrono::nanoseconds next_pause(std::chrono::nanoseconds last) {
  using namespace std::chrono_literals;
  return std::clamp<std::chrono::nanoseconds>(2 * last, 1ms, 100ms);
}

}  // namespace tws
