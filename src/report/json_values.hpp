// Pieces of JSON that several results have in common.
#pragma once

#include "tws/model/budget.hpp"
#include "tws/system/census.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value_from.hpp>

#include <cmath>
#include <optional>
#include <string>

namespace tws {

template <typename T>
boost::json::value or_null(const std::optional<T>& value) {
  if (!value) return nullptr;
  if constexpr (std::is_floating_point_v<T>)
    if (!std::isfinite(*value)) return nullptr;
  return boost::json::value_from(*value);
}

inline boost::json::value text_or_null(const std::string& text) {
  return text.empty() ? boost::json::value(nullptr) : boost::json::value(text);
}

// All states, so that a reader needs no default.
inline boost::json::object state_counts_json(const StateCounts& counts) {
  boost::json::object json;
  for (const TcpState state : tcp_states) json[name(state)] = counts[state];
  return json;
}

inline boost::json::object budget_json(const Budget& budget) {
  return {{"tuples", budget.tuples},
          {"holdSeconds", budget.hold_seconds},
          {"burst", or_null(budget.burst)},
          {"sustainedPerSecond", or_null(budget.sustained_per_second)},
          {"exhaustedAtSeconds", or_null(budget.exhausted_at_seconds)},
          {"searchSlowFrom", or_null(budget.search_slow_from)},
          {"beforeSearchPerSecond", or_null(budget.before_search_per_second)}};
}

}  // namespace tws
