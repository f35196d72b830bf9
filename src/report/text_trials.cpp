// What --prove tried after the run.
#include "report/paint.hpp"
#include "report/text_parts.hpp"
#include "support/units.hpp"
#include "tws/measure/facts.hpp"

#include <fmt/format.h>

namespace tws {
namespace {

// On lines of its own: "predicted: 1,000 connections", "measured: 1,000, then no port".
std::string port_trial_text(const Trial& trial, const Prediction& predicted) {
  const std::string promised =
      !predicted.ceiling ? "no ceiling"
      : predicted.fewest == predicted.most
          ? fmt::format("{} connections", format_count(predicted.most))
          : fmt::format("{} to {} connections", format_count(predicted.fewest),
                        format_count(predicted.most));
  std::string text = fmt::format("\n    predicted  {}\n    measured   {} connections, ", promised,
                                 format_count(trial.connected));
  if (trial.without_port == 0)
    text += "none failed for want of a port";
  else
    text += fmt::format("{} attempts failed for want of a port", format_count(trial.without_port));
  switch (fared(trial, predicted)) {
    case Fared::as_predicted:
      break;
    case Fared::ports_left:
      text += "; ports were left";
      break;
    case Fared::otherwise:
      text += "; not as predicted";
      break;
  }
  return text;
}

}  // namespace

std::string trials_text(const Run& run) {
  if (run.trials.empty()) return {};
  const double rate = ratio(static_cast<double>(run.tally.successes()), run.seconds).value_or(0);
  std::string text = "Trials after the run (--prove):\n";
  for (const Trial& trial : run.trials) {
    text += fmt::format("  {:<9} {}/s in {}", trial.change, format_count(whole(trial.rate)),
                        format_duration(trial.seconds));
    if (trial.predicted) text += port_trial_text(trial, *trial.predicted);
    if (trial.connections != run.plan.connections)
      text += fmt::format("; it would be {}/s if the rate followed the connections",
                          format_count(whole(rate * trial.connections / run.plan.connections)));
    if (trial.got_through < 1)
      text += fmt::format("; success rate {}", format_percent(trial.got_through));
    text += '\n';
  }
  return text;
}

}  // namespace tws
