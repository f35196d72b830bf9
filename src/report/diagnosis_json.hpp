// The keys `findings` and `verdict` of a run's JSON.
#pragma once

#include "tws/diagnose/diagnose.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <vector>

namespace tws {

boost::json::array findings_json(const std::vector<Finding>& findings);
boost::json::object verdict_json(const Verdict& verdict);

}  // namespace tws
