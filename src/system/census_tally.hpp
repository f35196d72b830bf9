// From rows to a census; pure.
#pragma once

#include "port_set.hpp"
#include "socket_row.hpp"

namespace tws {

class CensusTally {
 public:
  // `listening`: the ports with a listener; used only if the filter names no ports.
  CensusTally(const CensusFilter& filter, const PortSet& listening);

  void add(const SocketRow& row);

  // Without the cost and the source.
  Census census() const;

 private:
  bool wanted(const AddressBytes& address) const;

  bool any_port_;
  PortSet server_ports_;
  std::vector<AddressBytes> addresses_;  // sorted; empty for any
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
