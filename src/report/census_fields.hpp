// The table of what `hammer census --json` writes. See json_fields.hpp.
#pragma once

#include "report/machine_fields.hpp"

namespace tws {

struct CensusReport {
  Census census;
  Limits limits;
  std::string time;
};

inline std::optional<std::uint64_t> ports_that_may_be_taken(const CensusReport& report) {
  const auto ports = usable_ports({}, report.limits);
  return ports ? std::optional(ports->count) : std::nullopt;
}

template <>
inline constexpr std::string_view def_of<CensusReport> = "census";
template <>
inline constexpr auto fields_of<CensusReport> = table(
    field("time", "UTC, as 2026-11-24T08:16:35.123Z", &CensusReport::time),
    part(&CensusReport::census, field("client", "", &Census::client),
         field("server", "", &Census::server)),
    group("ports",
          "Source ports: those that the client's side uses, of all that connect() may take, which "
          "lie from low to high",
          part(&CensusReport::census, field("used", "", &Census::client_ports)),
          derived("of", "", ports_that_may_be_taken),
          part(&CensusReport::limits, field<PortEnd<&PortRange::low>>("low", "", &Limits::ports),
               field<PortEnd<&PortRange::high>>("high", "", &Limits::ports))),
    part(&CensusReport::census, field("seconds", "What it cost to count", &Census::seconds),
         field("source", "", &Census::source)));

}  // namespace tws
