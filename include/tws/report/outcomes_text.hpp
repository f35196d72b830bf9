// What came of the user's thresholds, for people.
#pragma once

#include "tws/judge/judge.hpp"
#include "tws/report/style.hpp"

#include <string>
#include <vector>

namespace tws {

// Empty without thresholds.
std::string outcomes_text(const std::vector<Outcome>& outcomes, const TextStyle& style);

// "262 ms, 12.0 ms above the limit, at worst: from 14.3 s to 24.3 s", and why it is unknown.
std::string outcome_words(const Outcome& outcome);

}  // namespace tws
