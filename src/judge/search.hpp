// The search for the highest rate that holds: which rate to try next, and between which two the
// answer lies. Pure: it is told what came of each trial.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace tws {

struct SearchPlan {
  double from = 100, to = 1e9;  // requests per second
  double precision = 0.02;      // the share by which the upper bound may lie above the lower one
  double trial = 3, hold = 30;  // seconds of load
  double between = 1;           // seconds that a trial takes besides, at most
};

// Whether a rate holds. `sometimes`: trials disagree, however many there are. `unknown`: more of
// them will tell.
enum class Holds : std::uint8_t { yes, no, sometimes, unknown };
std::string_view name(Holds holds);

struct SearchStep {
  double rate = 0, seconds = 0;
  bool is_hold = false;
  bool operator==(const SearchStep&) const = default;
};

struct TriedRate {
  double rate = 0;
  unsigned trials = 0, trials_held = 0;
  double seconds_held = 0, seconds_missed = 0;  // of trials in which it held, and of the others
  bool was_held = false;                        // for SearchPlan::hold, at the end
};

class Search {
 public:
  explicit Search(const SearchPlan& plan) : plan_(plan) {}

  // What to try next so that it ends within `seconds_left`; nothing: the search is over. While
  // there is time for it, the lower bound is held in the end.
  std::optional<SearchStep> next(double seconds_left) const;
  void add(const SearchStep& step, bool held);

  // Nothing is left to try.
  bool is_complete() const { return !wanted(); }
  const SearchPlan& plan() const { return plan_; }
  const std::vector<TriedRate>& rates() const { return rates_; }  // in ascending order
  Holds holds(const TriedRate& one) const;

  // It and all lower ones hold; and it does not, nor does any higher one. Between the two are rates
  // that hold sometimes, or none. Nothing where there is no such rate.
  const TriedRate* lower() const;
  const TriedRate* upper() const;

 private:
  std::optional<SearchStep> wanted() const;
  std::optional<SearchStep> wanted_between(const TriedRate* low, const TriedRate* high) const;
  SearchStep trial(double rate) const { return {rate, plan_.trial, false}; }
  SearchStep hold(double rate) const { return {rate, plan_.hold, true}; }

  SearchPlan plan_;
  std::vector<TriedRate> rates_;
};

}  // namespace tws
