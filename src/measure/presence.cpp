#include "measure/presence.hpp"

#include <algorithm>
#include <cmath>

namespace tws {
namespace {

// The first moment from `time` on at which the stages are on that side of `level`.
std::optional<std::chrono::nanoseconds> first_time(const std::vector<Stage>& stages, double level,
                                                   bool above, std::chrono::nanoseconds time) {
  const auto is_there = [&](double value) { return above ? value > level : value <= level; };
  std::chrono::nanoseconds begin{};
  for (const Stage& stage : stages) {
    const auto from = std::max(begin, time);
    const auto end = begin + stage.length;
    if (from < end) {
      const auto length = static_cast<double>(stage.length.count());
      const double part = static_cast<double>((from - begin).count()) / length;
      if (is_there(std::lerp(stage.from, stage.to, part))) return from;
      if (is_there(stage.to)) {
        const double crossing = (level - stage.from) / (stage.to - stage.from) * length;
        return std::max(from, begin + std::chrono::nanoseconds(std::llround(std::ceil(crossing))));
      }
    }
    begin = end;
  }
  return {};
}

// One that comes has not gone at the same moment, whatever is rounded.
constexpr double apart = 1e-6;

}  // namespace

std::optional<std::chrono::nanoseconds> comes(const std::vector<Stage>& stages,
                                              std::uint32_t number, std::chrono::nanoseconds time) {
  return first_time(stages, number + 0.5, true, time);
}

std::optional<std::chrono::nanoseconds> goes(const std::vector<Stage>& stages, std::uint32_t number,
                                             std::chrono::nanoseconds time) {
  return first_time(stages, number + 0.5 - apart, false, time);
}

}  // namespace tws
