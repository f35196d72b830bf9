// The progress line of a run on a terminal. Errors in writing it are ignored.
#pragma once

#include "report/progress.hpp"
#include "report/terminal.hpp"
#include "support/units.hpp"
#include "tws/measure/run.hpp"
#include "tws/model/budget.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace tws {

class ProgressLine {
 public:
  // Every line begins with `prefix`.
  ProgressLine(bool wanted, ColourOption colour, std::string prefix = {})
      : shown_(wanted && is_terminal(STDERR_FILENO)),
        style_(style_of(STDERR_FILENO, colour)),
        prefix_(std::move(prefix)) {
    style_.width -= static_cast<int>(prefix_.size());
  }
  ~ProgressLine() { put(erase_line); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  // Uses plan and limits of `run`.
  void show(const Timeline& timeline, const Run& run, std::chrono::nanoseconds elapsed) {
    if (!shown_) return;
    const Demand demand = demand_of(run);
    const auto times = budget(demand).tuples / std::max<std::uint64_t>(demand.ports, 1);
    show(progress_line(timeline, run.plan, run.limits, to_seconds(elapsed), style_,
                       std::max<std::uint64_t>(times, 1)));
  }
  void show_drain(std::uint64_t held, std::chrono::nanoseconds left) {
    show(fmt::format("waiting for {} ports in TIME_WAIT, {} at most", format_count(held),
                     format_duration(to_seconds(left))));
  }

 private:
  static constexpr std::string_view erase_line = "\r\x1b[K";

  void show(std::string_view text) { put(fmt::format("{}{}{}", erase_line, prefix_, text)); }

  void put(std::string_view text) {
    if (shown_ && ::write(STDERR_FILENO, text.data(), text.size()) < 0) shown_ = false;
  }

  bool shown_;
  TextStyle style_;
  std::string prefix_;
};

}  // namespace tws
