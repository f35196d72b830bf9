// The report for people: oha's layout and headings, then what the sockets did.
#pragma once

#include "tws/measure/run.hpp"
#include "tws/report/style.hpp"

#include <string>

namespace tws {

std::string to_text(const Run& run, const TextStyle& style);

}  // namespace tws
