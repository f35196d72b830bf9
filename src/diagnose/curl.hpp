// The remedy that shows what one request gets.
#pragma once

#include "tws/measure/run.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tws::diagnosis {

// The command that asks as the run did, of its URLs the one with the most of `count`: "curl -v
// http://localhost:8080/"
std::string curl(const Run& run, std::string_view option, std::uint64_t (*count)(const UrlTally&));

}  // namespace tws::diagnosis
