// What this system does not tell, or not to us.
#include "system/connections.hpp"
#include "system/interface.hpp"
#include "system/upstream.hpp"

namespace tws {

std::optional<bool> read_connections(std::span<const std::uint16_t>, std::size_t, const RowSink&) {
  return {};
}

std::optional<std::map<Endpoint, PortsTowards>> look_upstream(const std::vector<int>&,
                                                              const std::set<Endpoint>&) {
  return {};
}

std::optional<Limits> limits_around(int) {
  return {};
}

std::optional<InterfaceUse> interface_towards(const boost::asio::ip::address&) {
  return {};
}

}  // namespace tws
