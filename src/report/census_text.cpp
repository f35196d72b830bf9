#include "tws/report/census_text.hpp"

#include "json_values.hpp"
#include "paint.hpp"
#include "socket_table.hpp"
#include "tws/support/units.hpp"

#include <fmt/format.h>

namespace tws {
namespace {

// Where the reserved ports are not known, all of the range.
std::optional<std::uint64_t> usable(const Limits& limits) {
  if (limits.usable_ports) return limits.usable_ports;
  if (limits.ports) return limits.ports->size();
  return {};
}

}  // namespace

std::string census_text(const Census& census, const Limits& limits, const TextStyle& style) {
  std::string ports = fmt::format("Client ports in use: {}", format_count(census.client_ports));
  if (const auto all = usable(limits); all && *all > 0) {
    const double share = static_cast<double>(census.client_ports) / static_cast<double>(*all);
    ports += fmt::format(" of {}", format_count(*all));
    if (limits.ports) ports += fmt::format(" ({}-{})", limits.ports->low, limits.ports->high);
    const auto percent = format_percent(share);
    ports += ", " + (share < 0.8 ? percent
                                 : paint(percent, share < 1 ? Colour::yellow : Colour::red, style));
  }
  return "Sockets:\n" +
         socket_table({{"client", "", census.client}, {"server", "", census.server}}) + ports +
         '\n' +
         fmt::format("Counted by {} in {}\n", name(census.source), format_duration(census.seconds));
}

boost::json::value census_json(const Census& census, const Limits& limits) {
  boost::json::object json;
  json["client"] = state_counts_json(census.client);
  json["server"] = state_counts_json(census.server);
  boost::json::object& ports = json["ports"].emplace_object();
  ports["used"] = census.client_ports;
  ports["of"] = or_null(usable(limits));
  ports["low"] = limits.ports ? boost::json::value(limits.ports->low) : nullptr;
  ports["high"] = limits.ports ? boost::json::value(limits.ports->high) : nullptr;
  json["seconds"] = census.seconds;
  json["source"] = name(census.source);
  return json;
}

}  // namespace tws
