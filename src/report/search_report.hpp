// What came of `hammer search`, and what its text and its JSON both derive from that.
#pragma once

#include "judge/rate_trial.hpp"
#include "judge/search.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tws {

// How a search ended.
enum class SearchEnd : std::uint8_t {
  found,      // between two bounds
  all_hold,   // no rate up to the highest one was seen not to hold
  none_hold,  // the first rate does not
  no_time,    // there was no time for more
  stopped,    // by a signal or an error
};
std::string_view name(SearchEnd end);

struct SearchReport {
  std::vector<std::string> urls, slo;  // as typed
  Search search;
  std::vector<RateTrial> trials{};  // in their order
  double seconds = 0;               // all of it
  bool was_stopped = false;

  SearchEnd end() const;
  std::optional<Stop> stop() const { return what_stops(search, trials); }
};

// All trials of a rate together.
struct RateRow : TriedRate {
  Holds holds = Holds::unknown;
  std::optional<double> p50{}, p99{};  // medians of the trials', in seconds
  std::optional<double> errors{};      // share of what ended
  std::uint64_t never_begun = 0;
  Missed missed = Missed::nothing;  // by the first trial that did not hold
  std::vector<std::string> slo{};   // limits that did not pass in one of them
};
std::vector<RateRow> rows_of(const SearchReport& report);

// The rate from which on p99 is more than twice that of the first row; nothing without one.
std::optional<double> knee_of(const std::vector<RateRow>& rows);

// That makes the trial which did not hold, with its whole report.
std::string command_of(const Stop& stop);

}  // namespace tws
