// Counts rows of sockets for a census; pure.
#pragma once

#include "system/port_set.hpp"
#include "system/socket_row.hpp"

namespace tws {

class CensusTally {
 public:
  // `listening`: the ports with a listener; used only if the filter names no targets.
  CensusTally(const CensusFilter& filter, const PortSet& listening);

  void add(const SocketRow& row);

  // The census without its time and source.
  Census census() const;

 private:
  bool is_target(const Endpoint& endpoint) const;
  bool is_source(const AddressBytes& address) const;

  bool any_target_;
  PortSet ports_;                      // of all targets
  PortSet everywhere_;                 // of targets on a wildcard address
  std::vector<Endpoint> targets_;      // the others, sorted
  std::vector<AddressBytes> sources_;  // sorted; empty: all
  PortSet counted_;                    // of client_ports_
  PortSet client_ports_;
  StateCounts client_;
  StateCounts server_;
};

// Calls its argument with every row of the system's list, in some states or in all.
enum class Rows { Listening, All };
using RowWalk = std::function<boost::system::error_code(Rows, const RowSink&)>;

// Reads the list, twice if the listeners must be known first, and measures the time.
boost::system::result<Census> count_sockets(const CensusFilter& filter, CensusSource source,
                                            const RowWalk& walk);

}  // namespace tws
