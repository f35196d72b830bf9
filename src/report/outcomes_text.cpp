#include "tws/report/outcomes_text.hpp"

#include "report/paint.hpp"
#include "support/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace tws {
namespace {

// A number in the unit of a threshold.
std::string in_unit(double value, Unit unit) {
  switch (unit) {
    case Unit::seconds:
      return format_duration(value);
    case Unit::share:
      return format_percent(value);
    case Unit::per_second:
      return value < 100 ? fmt::format("{:.3g}/s", value) : format_count(whole(value)) + "/s";
    case Unit::count:
      return format_count(whole(value));
  }
  return {};
}

// "12.0 ms over the limit"
std::string margin_words(const Outcome& outcome) {
  const double margin = *outcome.margin();
  const bool is_upper = outcome.threshold.relation <= Relation::at_most;
  if (margin == 0) return "which is the limit";
  const std::string_view side = (margin > 0) == is_upper ? "below" : "above";
  return fmt::format("{} {} the limit", in_unit(std::abs(margin), outcome.threshold.unit), side);
}

Colour colour_of(Result result) {
  if (result == Result::pass) return Colour::green;
  return result == Result::fail ? Colour::red : Colour::yellow;
}

// The words on lines of at most `width` columns, each behind `margin` spaces.
std::string on_lines(std::string_view words, std::size_t margin, std::size_t width) {
  std::string text, line;
  const auto end_line = [&] {
    if (!line.empty()) text += std::string(margin, ' ') + line + '\n';
    line.clear();
  };
  while (!words.empty()) {
    const auto word = words.substr(0, words.find(' '));
    words.remove_prefix(std::min(word.size() + 1, words.size()));
    if (!line.empty() && margin + columns(line) + 1 + columns(word) > width) end_line();
    line += line.empty() ? "" : " ";
    line += word;
  }
  end_line();
  return text;
}

}  // namespace

std::string outcome_words(const Outcome& outcome) {
  const Threshold& threshold = outcome.threshold;
  std::string text;
  if (outcome.value) {
    text = fmt::format("{}{}, {}", outcome.at_least ? ">= " : "",
                       in_unit(*outcome.value, threshold.unit), margin_words(outcome));
    if (outcome.window_end)
      text += fmt::format(", at worst: from {:.1f} s to {:.1f} s",
                          std::max(*outcome.window_end - to_seconds(*threshold.window), 0.0),
                          *outcome.window_end);
  }
  if (!outcome.why.empty()) text += (text.empty() ? "" : "; ") + outcome.why;
  return text;
}

std::string outcomes_text(const std::vector<Outcome>& outcomes, const TextStyle& style) {
  if (outcomes.empty()) return {};
  const auto width = static_cast<std::size_t>(std::clamp(style.width, 40, 100));
  std::string text = "\nThresholds:\n";
  for (const Outcome& outcome : outcomes) {
    const auto label = fmt::format("{:<7}", name(outcome.result));
    text += fmt::format("  {}  {}\n", paint(label, colour_of(outcome.result), style),
                        outcome.threshold.text);
    text += on_lines(outcome_words(outcome), 11, width);
  }
  return text;
}

}  // namespace tws
