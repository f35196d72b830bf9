#include "report/simulation_text.hpp"

#include "report/fit.hpp"
#include "support/units.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace tws {

namespace json = boost::json;

void Statistics::add(double value) {
  min_ = count_ == 0 ? value : std::min(min_, value);
  max_ = count_ == 0 ? value : std::max(max_, value);
  ++count_;
  const double from_old_mean = value - mean_;
  mean_ += from_old_mean / static_cast<double>(count_);
  squares_ += from_old_mean * (value - mean_);
}

double Statistics::deviation() const {
  return count_ < 2 ? 0 : std::sqrt(squares_ / static_cast<double>(count_ - 1));
}

double Statistics::standard_error() const {
  return count_ == 0 ? 0 : deviation() / std::sqrt(static_cast<double>(count_));
}

void Repeats::add(const Run& run, const Diagnosis& diagnosis) {
  const Tally& tally = run.tally;
  const auto responses = static_cast<double>(tally.responses());
  const double values[] = {responses,
                           run.seconds > 0 ? responses / run.seconds : 0,
                           static_cast<double>(tally.attempts_connected),
                           static_cast<double>(total(tally.attempts_failed)),
                           static_cast<double>(tally.in_flight.size()),
                           tally.latency.max().value_or(0)};
  for (std::size_t i = 0; i < quantities_.size(); ++i) quantities_[i].statistics.add(values[i]);
  ++limited_by_[diagnosis.verdict.limited_by];
}

std::string Repeats::text(const Simulated& simulated, const TextStyle& style) const {
  std::string text =
      shell_lines(simulated.command, style.width) +
      fmt::format("Simulated by the rules of {}: {} runs, each with its own seed.\n",
                  simulated.system, format_count(quantities_.front().statistics.count()));
  if (!simulated.unchecked.empty()) text += fmt::format("Unchecked: {}\n", simulated.unchecked);
  text += fmt::format("\n{:<20}{:>14}{:>11}{:>11}{:>12}{:>12}\n", "", "mean", "std error",
                      "deviation", "min", "max");
  for (const auto& [words, key, all] : quantities_)
    text += fmt::format("{:<20}{:>14.3f}{:>11.3f}{:>11.3f}{:>12.3f}{:>12.3f}\n", words, all.mean(),
                        all.standard_error(), all.deviation(), all.min(), all.max());
  text += "\nLimited by:\n";
  for (const auto& [id, count] : limited_by_)
    text += fmt::format("  {:<20}{:>14}\n", id, format_count(count));
  return text;
}

json::value Repeats::json(const Simulated& simulated) const {
  json::object quantities, limited_by;
  for (const auto& [words, key, all] : quantities_)
    quantities[key] = {{"mean", all.mean()},
                       {"standardError", all.standard_error()},
                       {"deviation", all.deviation()},
                       {"min", all.min()},
                       {"max", all.max()}};
  for (const auto& [id, count] : limited_by_) limited_by[id] = count;
  return {{"schema", "hammer-simulations/1"},
          {"system", simulated.system},
          {"command", simulated.command},
          {"unchecked",
           simulated.unchecked.empty() ? json::value(nullptr) : json::value(simulated.unchecked)},
          {"runs", quantities_.front().statistics.count()},
          {"quantities", quantities},
          {"limitedBy", limited_by}};
}

}  // namespace tws
