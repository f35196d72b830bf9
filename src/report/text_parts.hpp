// The sections that to_text() puts together. Each is a string of whole lines, and empty where there
// is nothing to tell.
#pragma once

#include "tws/measure/run.hpp"
#include "tws/report/style.hpp"

#include <string>

namespace tws {

// What was no HTTP/1.1; empty if nothing was.
std::string unreadable_text(const Run& run, const TextStyle& style);
// What was forgiven, for the summary.
std::string lenient_lines(const Tally& tally);
std::string rate_text(const Run& run);
// With a single URL empty.
std::string urls_text(const Run& run);
// Empty without one.
std::string warm_up_text(const Run& run);
std::string stages_text(const Run& run);
std::string connections_text(const Run& run, const TextStyle& style);
// Without https empty.
std::string tls_text(const Run& run, const TextStyle& style);
std::string in_flight_text(const Run& run);
std::string time_text(const Run& run, const TextStyle& style);
std::string cpu_text(const Run& run);
std::string trials_text(const Run& run);
std::string sockets_text(const Run& run);
std::string way_text(const Run& run);
std::string over_time_text(const Run& run, const TextStyle& style);
std::string server_side_text(const Run& run, const TextStyle& style);
std::string counters_text(const Run& run);

// "the deadline", or what else ended the run
std::string end_of_run(const Run& run);

}  // namespace tws
