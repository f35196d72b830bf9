// Pieces of JSON that the run's and the census' have in common.
#pragma once

#include "tws/system/census.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value_from.hpp>

#include <cmath>
#include <optional>

namespace tws {

template <typename T>
boost::json::value or_null(const std::optional<T>& value) {
  if (!value) return nullptr;
  if constexpr (std::is_floating_point_v<T>)
    if (!std::isfinite(*value)) return nullptr;
  return boost::json::value_from(*value);
}

// All states, so that a reader needs no default.
inline boost::json::object state_counts_json(const StateCounts& counts) {
  boost::json::object json;
  for (const TcpState state : tcp_states)
    json[name(state)] = counts[state];
  return json;
}

}  // namespace tws
