// Sockets by state, a row each, and by side and instant, a column each.
#pragma once

#include "tws/system/census.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tws {

struct SocketColumn {
  std::string_view side;  // "client"; headed only once where the next one has the same
  std::string_view when;  // "start"; may be empty in all columns
  StateCounts counts;
};

// Only states that some column has; one line that says so where there is none.
std::string socket_table(const std::vector<SocketColumn>& columns);

}  // namespace tws
