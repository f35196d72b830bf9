// A small bar chart over time, made of characters.
#pragma once

#include "tws/report/style.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tws {

inline constexpr int chart_rows = 4;

// A column for each value, from 0 at the foot to `top`; what is over 0 shows at least a trace. The
// axis is `label_width` wide, with `top` at the first row and 0 at the last.
std::string bar_chart(const std::vector<double>& values, double top, std::size_t label_width,
                      const TextStyle& style);

}  // namespace tws
