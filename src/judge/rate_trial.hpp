// What a run at some rate says of that rate, and what stops a search where it ends.
#pragma once

#include "judge/search.hpp"
#include "tws/diagnose/diagnose.hpp"
#include "tws/judge/judge.hpp"
#include "tws/measure/run.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace tws {

// Why a rate does not hold.
enum class Missed : std::uint8_t {
  nothing,      // it holds
  never_begun,  // requests were due and never begun
  queue,        // the latency grew all the while: the server answers fewer than were sent
  slo,          // a threshold of the plan did not pass
};
std::string_view name(Missed missed);

struct RateTrial {
  SearchStep step;
  Plan plan;
  Missed missed = Missed::nothing;
  std::vector<Outcome> outcomes;
  std::uint64_t due = 0, never_begun = 0;
  std::uint64_t ended = 0, failed = 0;          // as in a threshold for errors
  std::optional<double> p50, p99;               // seconds, of successes
  std::optional<double> service_time, fastest;  // seconds from sending: the mean, the least
  Verdict verdict;
  std::vector<Remedy> remedies;  // of what limited it
  bool is_servers = true;        // what limited it; false: hammer's, its machine's or the way's

  bool holds() const { return missed == Missed::nothing; }
};

RateTrial judged_trial(const SearchStep& step, const Run& run);

// What stops the search above its lower bound: the lowest rate that does not hold and whose verdict
// says why.
struct Stop {
  const RateTrial* trial = nullptr;
  // All connections of the plan are busy at this rate though the server is as fast as below it.
  bool lacks_connections = false;
  bool is_servers() const { return trial->is_servers && !lacks_connections; }
};
// Nothing where no rate was seen not to hold. It points into `trials`.
std::optional<Stop> what_stops(const Search& search, const std::vector<RateTrial>& trials);

}  // namespace tws
