// What came of the user's thresholds, for people.
#pragma once

#include "tws/judge/judge.hpp"
#include "tws/report/style.hpp"

#include <string>
#include <vector>

namespace tws {

// Empty without thresholds.
std::string outcomes_text(const std::vector<Outcome>& outcomes, const TextStyle& style);

// "262 ms, 12.0 ms over the limit, in the 10.0 s until 24.3 s", and why it is unknown.
std::string outcome_words(const Outcome& outcome);

}  // namespace tws
