// The result of `hammer search`.
#pragma once

#include "report/search_report.hpp"
#include "tws/report/style.hpp"

#include <boost/json/value.hpp>

#include <string>

namespace tws {

std::string search_text(const SearchReport& report, const TextStyle& style);
boost::json::value search_json(const SearchReport& report);

}  // namespace tws
