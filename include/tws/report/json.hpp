// The report for programs; docs/hammer.schema.json describes it.
#pragma once

#include "tws/diagnose/diagnose.hpp"
#include "tws/measure/run.hpp"

#include <boost/json/value.hpp>

#include <string>

namespace tws {

// oha's keys and hammer's own. What is unknown is null; no number is NaN or infinite.
boost::json::value to_json(const Run& run, const Diagnosis& diagnosis);

// Indented by 2; what fits on a line stays on one. No line feed at
// the end. The same value gives the same text.
std::string pretty(const boost::json::value& value);

}  // namespace tws
