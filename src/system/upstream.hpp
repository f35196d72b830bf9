// The connections of a server's processes to others: what a proxy has towards its upstream.
#pragma once

#include "system/socket_row.hpp"
#include "tws/system/limits.hpp"

#include <map>
#include <optional>
#include <set>
#include <vector>

namespace tws {

// The ports of one address that are in use towards one upstream.
struct PortsTowards {
  std::uint64_t ports = 0;      // all sockets, those below included, whatever program has them
  std::uint64_t time_wait = 0;  // these have no program any more
  std::uint64_t syn_sent = 0;
  bool operator==(const PortsTowards&) const = default;
};

// The remote ends of connections that these sockets (by inode) are, where nothing listens on the
// local port: there the others connected to the server. Pure.
std::set<Endpoint> upstreams_among(const std::vector<SocketRow>& rows,
                                   const std::set<std::uint32_t>& inodes);

// Counts the sockets towards these, of the address that has most. Pure.
class UpstreamTally {
 public:
  explicit UpstreamTally(const std::set<Endpoint>& upstreams);
  void add(const SocketRow& row);
  std::map<Endpoint, PortsTowards> result() const;

 private:
  std::map<Endpoint, std::map<AddressBytes, PortsTowards>> by_source_;
};

// Those of these processes, which share a network namespace, and of `known`, which were seen
// before. Nothing where the namespace, or who holds which socket, can't be read.
std::optional<std::map<Endpoint, PortsTowards>> look_upstream(const std::vector<int>& processes,
                                                              const std::set<Endpoint>& known);

// The limits of the network namespace that this process is in; nothing where it can't be entered.
std::optional<Limits> limits_around(int process);

}  // namespace tws
