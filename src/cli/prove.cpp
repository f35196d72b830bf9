#include "cli/prove.hpp"

#include "cli/files.hpp"
#include "cli/watched_run.hpp"
#include "support/signals.hpp"
#include "support/units.hpp"
#include "tws/diagnose/trials.hpp"
#include "tws/load/engine.hpp"
#include "tws/support/errors.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>

namespace tws {
namespace {

void say(std::string_view text) {
  print_note(fmt::format("--prove: {}", text));
}

}  // namespace

std::optional<int> prove(Run& run, ProgressLine& progress) {
  // Another one for each second, for longer than a port is held.
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(
      std::chrono::steady_clock::now().time_since_epoch());
  const auto [trials, left_out] =
      trials_for(run, diagnose(run), static_cast<std::uint32_t>(seconds.count()));
  for (const auto& text : left_out) say("not tried: " + text);
  if (trials.empty()) {
    say("nothing to try: no trial would settle what limited this run");
    return {};
  }
  std::string words;
  std::chrono::nanoseconds all{};
  for (const auto& trial : trials) {
    words += (words.empty() ? "" : ", ") + trial.change;
    all += *trial.plan.duration + trial.pause;
  }
  say(fmt::format("{} more, in all {}: {}",
                  trials.size() == 1 ? "1 run" : fmt::format("{} runs", trials.size()),
                  format_duration(to_seconds(all)), words));
  for (const auto& trial : trials) {
    std::this_thread::sleep_for(trial.pause);
    try {
      const Run made = watched_run(trial.plan, progress);
      if (made.signal) return made.signal;
      run.trials.push_back(trial_of(trial, made));
    } catch (const std::exception& error) {
      say(fmt::format("{} can't be tried: {}", trial.change, error.what()));
    }
  }
  return {};
}

}  // namespace tws
