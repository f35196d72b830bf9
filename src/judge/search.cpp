#include "judge/search.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace tws {
namespace {

// Of a rate. As in MLRsearch (RFC 9971) its trials are judged by their sum of seconds, and decide
// as soon as the rest can't change it.
constexpr unsigned fewest_trials = 3, most_trials = 5;
// Of the upper bound, which nothing else confirms: three that agree by chance are not rare among
// all rates. So many make a thousand simulated searches right in 95 % of all cases.
constexpr unsigned trials_of_upper_bound = 8;
// Where no more of the time than this disagrees, that is chance.
constexpr double by_chance = 0.2;

// Four digits, as somebody types it.
double rounded(double rate) {
  const double scale = std::pow(10, 3 - std::floor(std::log10(rate)));
  return std::round(rate * scale) / scale;
}

}  // namespace

std::string_view name(Holds holds) {
  constexpr std::array<std::string_view, 4> names{"yes", "no", "sometimes", "unknown"};
  return names[static_cast<std::size_t>(holds)];
}

Holds Search::holds(const TriedRate& one) const {
  if (one.trials < fewest_trials) return Holds::unknown;
  const double all = one.seconds_held + one.seconds_missed;
  if (one.seconds_missed <= by_chance * all) return Holds::yes;
  if (one.seconds_held <= by_chance * all) return Holds::no;
  const double rest = (most_trials - std::min(one.trials, most_trials)) * plan_.trial;
  const double fewer = std::min(one.seconds_held, one.seconds_missed);
  return fewer <= by_chance * (all + rest) ? Holds::unknown : Holds::sometimes;
}

const TriedRate* Search::lower() const {
  const TriedRate* found = nullptr;
  for (auto one = rates_.begin(); one != rates_.end() && holds(*one) == Holds::yes; ++one)
    found = &*one;
  return found;
}

const TriedRate* Search::upper() const {
  const TriedRate* found = nullptr;
  for (auto one = rates_.rbegin(); one != rates_.rend() && holds(*one) == Holds::no; ++one)
    found = &*one;
  return found;
}

// In the middle of two neighbours that are too far apart.
std::optional<SearchStep> Search::wanted_between(const TriedRate* low,
                                                 const TriedRate* high) const {
  if (high->rate <= low->rate * (1 + plan_.precision)) return {};
  const double middle = rounded(std::sqrt(low->rate * high->rate));
  if (middle <= low->rate || middle >= high->rate) return {};
  return trial(middle);
}

std::optional<SearchStep> Search::wanted() const {
  if (rates_.empty()) return trial(plan_.from);
  for (const TriedRate& one : rates_)
    if (holds(one) == Holds::unknown) return trial(one.rate);
  const TriedRate *low = lower(), *high = upper(), *highest = &rates_.back();
  if (!low) return {};
  if (!high && highest->rate < plan_.to) return trial(std::min(2 * highest->rate, plan_.to));
  // Above the lower bound, then below the upper one: the same unless some hold sometimes.
  if (low != highest)
    if (const auto step = wanted_between(low, low + 1)) return step;
  if (high)
    if (const auto step = wanted_between(high - 1, high)) return step;
  if (high && high->trials < trials_of_upper_bound) return trial(high->rate);
  if (!low->was_held) return hold(low->rate);
  return {};
}

std::optional<SearchStep> Search::next(double seconds_left) const {
  const auto step = wanted();
  if (!step) return {};
  const auto cost = [&](double seconds) { return seconds + plan_.between; };
  const TriedRate* low = lower();
  const bool is_to_be_held = low && !low->was_held;
  const double reserve = is_to_be_held && !step->is_hold ? cost(plan_.hold) : 0;
  if (cost(step->seconds) + reserve <= seconds_left) return step;
  if (is_to_be_held && cost(plan_.hold) <= seconds_left) return hold(low->rate);
  return {};
}

void Search::add(const SearchStep& step, bool held) {
  auto at = std::ranges::lower_bound(rates_, step.rate, {}, &TriedRate::rate);
  if (at == rates_.end() || at->rate != step.rate) at = rates_.insert(at, TriedRate{step.rate});
  ++at->trials;
  at->trials_held += held ? 1 : 0;
  (held ? at->seconds_held : at->seconds_missed) += step.seconds;
  at->was_held = at->was_held || (step.is_hold && held);
}

}  // namespace tws
