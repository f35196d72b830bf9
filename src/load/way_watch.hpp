// Looks at what the kernel counts for the run's sockets.
#pragma once

#include "load/looks.hpp"
#include "system/socket_row.hpp"
#include "tws/load/engine.hpp"
#include "tws/measure/histogram.hpp"
#include "tws/measure/way.hpp"
#include "tws/support/asio.hpp"

#include <set>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace tws::load {

// Adds up one side's sockets from look to look; pure.
class WayTally {
 public:
  void begin_look();
  void add(const TcpNumbers& now);
  // `all`: what was not seen in this look is gone.
  void end_look(bool all);
  WaySide result() const;

 private:
  WaySide side_;
  Histogram rtt_{Histogram::two_digits};
  struct Seen {
    TcpNumbers numbers;
    std::uint64_t look = 0;  // the latest that it was in
  };
  std::unordered_map<std::uint64_t, Seen> seen_;  // by cookie
  std::uint64_t look_ = 0;
  double rate_ = 0;  // of this look
};

class WayWatch {
 public:
  // Without a census it looks at nothing.
  explicit WayWatch(const Prepared& prepared);

  // Right before the load: what is there belongs to others.
  void begin();
  void look(std::chrono::nanoseconds elapsed);
  // Right after it. Nothing if the kernel does not tell.
  std::optional<Way> end();

 private:
  // Whether all were read.
  bool read(const RowSink& on_row);

  bool wanted_;
  std::vector<std::uint16_t> ports_;
  std::set<Endpoint> targets_;
  std::set<std::uint16_t> everywhere_;  // ports of targets on a wildcard address
  asio::ip::address first_target_;
  std::unordered_set<std::uint64_t> others_;  // by cookie
  WayTally client_, server_;
  Looks looks_;
  bool all_ = true;
  std::optional<InterfaceUse> interface_;
};

}  // namespace tws::load
