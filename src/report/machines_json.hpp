// What a run's JSON says of the machines and the processes at both ends.
#pragma once

#include "tws/measure/run.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <optional>

namespace tws {

boost::json::object limits_json(const Limits& limits);
boost::json::object cpu_json(const Cpu& cpu);
boost::json::value server_side_json(const std::optional<ServerSide>& side);

}  // namespace tws
