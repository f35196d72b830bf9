#include "cli/prove.hpp"

#include "cli/files.hpp"
#include "cli/watched_run.hpp"
#include "support/signals.hpp"
#include "support/units.hpp"
#include "tws/diagnose/trials.hpp"
#include "tws/load/engine.hpp"
#include "tws/support/errors.hpp"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <thread>

namespace tws {
namespace {

// So that what the run before left in the server is done with.
constexpr std::chrono::milliseconds pause_before_each{200};

void say(std::string_view text) {
  print_note(fmt::format("--prove: {}", text));
}

}  // namespace

std::optional<int> prove(Run& run, ProgressLine& progress) {
  const auto trials = trials_for(run, diagnose(run));
  if (trials.empty()) {
    say("nothing to try: no trial would settle what limited this run");
    return {};
  }
  std::string words;
  std::chrono::nanoseconds all{};
  for (const auto& trial : trials) {
    words += (words.empty() ? "" : ", ") + trial.change;
    all += *trial.plan.duration + pause_before_each;
  }
  say(fmt::format("{} more, in all {}: {}",
                  trials.size() == 1 ? "1 run" : fmt::format("{} runs", trials.size()),
                  format_duration(to_seconds(all)), words));
  for (const auto& trial : trials) {
    std::this_thread::sleep_for(pause_before_each);
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
