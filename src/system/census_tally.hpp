// From rows to a census; pure.
#pragma once

#include "system/port_set.hpp"
#include "system/socket_row.hpp"

namespace tws {

class CensusTally {
 public:
  // `listening`: the ports with a listener; used only if the filter names no targets.
  CensusTally(const CensusFilter& filter, const PortSet& listening);

  void add(const SocketRow& row);

  // Without the cost and the source.
  Census census() const;

 private:
  bool is_target(const Endpoint& endpoint) const;

  bool any_target_;
  PortSet ports_;                  // of all targets
  PortSet everywhere_;             // of those that are on any address
  std::vector<Endpoint> targets_;  // the others, sorted
  std::optional<PortRange> range_;
  PortSet client_ports_;
  StateCounts client_;
  StateCounts server_;
};

// Calls its argument with every row of the system's list, for some states or for all.
enum class Rows { Listening, All };
using RowWalk = std::function<boost::system::error_code(Rows, const RowSink&)>;

// Walks the list, twice if the listeners have to be known first, and says what that cost.
boost::system::result<Census> count_sockets(const CensusFilter& filter, CensusSource source,
                                            const RowWalk& walk);

}  // namespace tws
