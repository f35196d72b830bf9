// What the system allows and how far the source ports reach, for people and for programs.
#pragma once

#include "tws/model/budget.hpp"
#include "tws/system/limits.hpp"

#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace tws {

// Each limit with the place it was read from, and what that means in connections.
std::string limits_text(const Limits& limits, std::string_view os);
boost::json::value limits_report_json(const Limits& limits, std::string_view os);

// `search_cost`: seconds that the kernel takes to look at one port; nothing: not known.
std::string budget_text(const Demand& demand, std::optional<double> search_cost);
boost::json::value budget_report_json(const Demand& demand, std::optional<double> search_cost);

// One line before a run: how far its ports will reach.
std::string budget_line(const Demand& demand, unsigned threads = 1);

}  // namespace tws
