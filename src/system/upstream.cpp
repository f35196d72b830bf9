#include "system/upstream.hpp"

#include <algorithm>

namespace tws {

std::set<Endpoint> upstreams_among(const std::vector<SocketRow>& rows,
                                   const std::set<std::uint32_t>& inodes) {
  std::set<std::uint16_t> listening;
  for (const SocketRow& row : rows)
    if (row.state == TcpState::Listen) listening.insert(row.local.port);
  std::set<Endpoint> found;
  for (const SocketRow& row : rows)
    if (row.state != TcpState::Listen && inodes.contains(row.inode) && row.remote.port != 0 &&
        !listening.contains(row.local.port))
      found.insert(row.remote);
  return found;
}

UpstreamTally::UpstreamTally(const std::set<Endpoint>& upstreams) {
  for (const Endpoint& upstream : upstreams) by_source_[upstream];
}

void UpstreamTally::add(const SocketRow& row) {
  const auto found = by_source_.find(row.remote);
  if (found == by_source_.end()) return;
  PortsTowards& of = found->second[row.local.address];
  ++of.ports;
  if (row.state == TcpState::TimeWait) ++of.time_wait;
  if (row.state == TcpState::SynSent) ++of.syn_sent;
}

std::map<Endpoint, PortsTowards> UpstreamTally::result() const {
  std::map<Endpoint, PortsTowards> result;
  for (const auto& [upstream, sources] : by_source_) {
    PortsTowards& most = result[upstream];
    for (const auto& [source, ports] : sources)
      if (ports.ports > most.ports) most = ports;
  }
  return result;
}

}  // namespace tws
