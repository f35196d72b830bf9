// The progress line of a run on a terminal. Errors in writing it are ignored.
#pragma once

#include "report/paint.hpp"
#include "report/progress.hpp"
#include "report/terminal.hpp"
#include "report/words.hpp"
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
      : shown_(wanted && is_terminal(STDERR_FILENO)), colour_(colour), prefix_(std::move(prefix)) {}
  ~ProgressLine() { put(erase()); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  // Uses plan and limits of `run`.
  void show(const Timeline& timeline, const Run& run, std::chrono::nanoseconds elapsed) {
    if (!shown_) return;
    const Demand demand = demand_of(run);
    const auto times = budget(demand).tuples / std::max<std::uint64_t>(demand.ports, 1);
    auto style = style_of(STDERR_FILENO, colour_);  // each time: the width may be another now
    style.width -= static_cast<int>(prefix_.size());
    show(progress_line(timeline, run.plan, run.limits, to_seconds(elapsed), style,
                       std::max<std::uint64_t>(times, 1)));
  }
  void show_drain(std::uint64_t held, std::chrono::nanoseconds left) {
    show(fmt::format("waiting for {} in TIME_WAIT, {} at most", plural(held, "port"),
                     format_duration(to_seconds(left))));
  }
  void show_warm_up(std::chrono::nanoseconds left) {
    show(fmt::format("warming up, {:.1f} s left", to_seconds(left)));
  }

 private:
  std::string erase() const {
    return erased(drawn_, style_of(STDERR_FILENO, colour_).width, rewraps_);
  }

  void show(std::string_view text) {
    put(fmt::format("{}{}{}", erase(), prefix_, text));
    drawn_ = visible_columns(text) + static_cast<int>(prefix_.size());
  }

  void put(std::string_view text) {
    if (shown_ && ::write(STDERR_FILENO, text.data(), text.size()) < 0) shown_ = false;
  }

  bool shown_;
  ColourOption colour_;
  std::string prefix_;
  bool rewraps_ = rewraps();
  int drawn_ = 0;  // columns of the line that is there now
};

}  // namespace tws
