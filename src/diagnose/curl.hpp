// The remedy that shows what one request gets.
#pragma once

#include "tws/measure/run.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tws::diagnosis {

// The command that asks for one of the run's URLs, with the most of `count`, on the same way: by
// its proxy or socket, to the same address, with the same files for TLS. "curl -v
// http://localhost:8080/"
std::string curl(const Run& run, std::string_view option, std::uint64_t (*count)(const UrlTally&));

}  // namespace tws::diagnosis
