// When one connection of a number that changes over time is there.
#pragma once

#include "tws/measure/profile.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace tws {

// Connection `number`, from 0 on, is there while the stages ask for `number` and a half or more: so
// the number that is there is the one that is asked for, rounded. Times are since the beginning of
// the stages.

// When it comes, at `time` or later; nothing: never again.
std::optional<std::chrono::nanoseconds> comes(const std::vector<Stage>& stages,
                                              std::uint32_t number, std::chrono::nanoseconds time);
// When it goes; nothing: it stays until the end.
std::optional<std::chrono::nanoseconds> goes(const std::vector<Stage>& stages, std::uint32_t number,
                                             std::chrono::nanoseconds time);

}  // namespace tws
