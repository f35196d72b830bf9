// Pieces of JSON that several results have in common.
#pragma once

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

}  // namespace tws
