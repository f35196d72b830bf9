// The report for programs; docs/hammer.schema.json describes it.
#pragma once

#include "tws/diagnose/diagnose.hpp"
#include "tws/measure/run.hpp"

#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace tws {

inline constexpr std::string_view run_schema_name = "hammer/2";

// oha's keys and hammer's own. What is unknown is null; no number is NaN or infinite.
boost::json::value to_json(const Run& run, const Diagnosis& diagnosis);

// All of the run again. Throws a std::exception where it is not there or not what it should be.
Run run_of(const boost::json::value& json);

// The JSON Schema of what to_json() writes.
boost::json::value run_schema();

// Indented by 2; what fits on a line stays on one. No line feed at
// the end. The same value gives the same text.
std::string pretty(const boost::json::value& value);

}  // namespace tws
