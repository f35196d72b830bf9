#include "report/census_text.hpp"

#include "report/census_fields.hpp"
#include "report/paint.hpp"
#include "report/socket_table.hpp"
#include "support/units.hpp"
#include "tws/measure/plan.hpp"

#include <fmt/format.h>

namespace tws {

std::string census_text(const Census& census, const Limits& limits, const TextStyle& style) {
  std::string ports = fmt::format("Client ports in use: {}", format_count(census.client_ports));
  if (const auto all = usable_ports({}, limits); all && all->count > 0) {
    const double share = static_cast<double>(census.client_ports) / static_cast<double>(all->count);
    ports +=
        fmt::format(" of {} ({}-{})", format_count(all->count), all->range.low, all->range.high);
    const auto percent = format_percent(share);
    ports += ", " + (share < 0.8 ? percent
                                 : paint(percent, share < 1 ? Colour::yellow : Colour::red, style));
  }
  return "Sockets:\n" +
         socket_table({{"client", "", census.client}, {"server", "", census.server}}) + ports +
         '\n' +
         fmt::format("Counted by {} in {}\n", name(census.source), format_duration(census.seconds));
}

boost::json::value census_json(const Census& census, const Limits& limits,
                               const std::string& time) {
  return Json<CensusReport>::write({census, limits, time});
}

}  // namespace tws
