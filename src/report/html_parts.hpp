// The parts of a run's page that are words and tables.
#pragma once

#include "report/formats.hpp"

#include <string>
#include <string_view>

namespace tws {

std::string title_part(const Reported& one);      // what was run, how it ended
std::string numbers_part(const Reported& one);    // the numbers that are read first
std::string verdict_part(const Reported& one);    // with evidence, remedies, thresholds
std::string others_part(const Reports& reports);  // the first run beside the others; empty without
std::string percentiles_part(const Run& run);
std::string outcomes_of_requests_part(const Run& run);  // statuses, and errors by kind
std::string time_part(const Run& run);                  // where the connections' time went
std::string targets_part(const Run& run);
// A part of the report as text, as it is there; empty if `text` is.
std::string as_text_part(std::string_view id, std::string_view text);
std::string repeat_part(const Reported& one);  // everything needed to do it again

// The style sheet and the script, which may not hold what is markup in XML: "<" and "&".
std::string_view page_style();
std::string_view page_script();

}  // namespace tws
