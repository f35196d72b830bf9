// What `hammer census` prints: sockets by side and state, and the ports in use of the range.
#pragma once

#include "tws/report/style.hpp"
#include "tws/system/census.hpp"
#include "tws/system/limits.hpp"

#include <boost/json/value.hpp>

#include <string>

namespace tws {

std::string census_text(const Census& census, const Limits& limits, const TextStyle& style);
// `time`: when it was taken, in UTC, as 2026-11-24T08:16:35.123Z.
boost::json::value census_json(const Census& census, const Limits& limits, const std::string& time);

}  // namespace tws
