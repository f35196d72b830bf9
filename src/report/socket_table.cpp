#include "report/socket_table.hpp"

#include "support/units.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tws {

std::string socket_table(const std::vector<SocketColumn>& columns) {
  std::string rows;
  for (const TcpState state : tcp_states) {
    if (std::all_of(columns.begin(), columns.end(),
                    [&](const SocketColumn& column) { return column.counts[state] == 0; }))
      continue;
    rows += fmt::format("  {:<12}", name(state));
    for (const SocketColumn& column : columns)
      rows += fmt::format("{:>11}", format_count(column.counts[state]));
    rows += '\n';
  }
  if (rows.empty()) return "  none\n";

  std::string sides = fmt::format("  {:<12}", ""), instants = sides;
  std::string_view last;
  for (const SocketColumn& column : columns) {
    sides += fmt::format("{:>11}", column.side == last ? "" : column.side);
    instants += fmt::format("{:>11}", column.when);
    last = column.side;
  }
  const bool named = std::any_of(columns.begin(), columns.end(),
                                 [](const SocketColumn& column) { return !column.when.empty(); });
  sides.erase(sides.find_last_not_of(' ') + 1);
  return sides + '\n' + (named ? instants + '\n' : "") + rows;
}

}  // namespace tws
