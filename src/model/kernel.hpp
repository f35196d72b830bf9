// What the kernels of both ends know: which ports are held, what is in TIME_WAIT, and what becomes
// of a SYN.
#pragma once

#include "model/port_table.hpp"
#include "model/random.hpp"
#include "model/time_waits.hpp"
#include "tws/model/simulation.hpp"
#include "tws/system/census.hpp"
#include "tws/system/counters.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace tws::model {

// What connect() chose.
struct Attempt {
  std::optional<Slot> slot;     // nothing: EADDRNOTAVAIL
  std::uint32_t pair = 0;       // of addresses and ports: one connection
  std::uint32_t looked_at = 0;  // ports
};

class Kernel {
 public:
  explicit Kernel(const Simulation& simulation);
  Kernel(const Kernel&) = delete;
  Kernel& operator=(const Kernel&) = delete;

  static std::uint64_t ports_needed(const Simulation& simulation);

  Attempt connect(std::uint32_t source, std::uint32_t target, Time now);
  // Whether the first SYN of an attempt passes; what it is let through by does not change when it
  // is sent again.
  bool lets_through(std::uint32_t pair, Time now);
  // Whether a SYN that did not pass still would not.
  bool is_in_the_way(std::uint32_t pair, Time now);
  void established();
  void close(Slot slot, std::uint32_t pair, Time now);
  // Without TIME_WAIT: an attempt that is given up, or what is open when the run is over.
  void abandon(Slot slot, bool established, Time now);

  Census census(Time now);
  // Since the start; empty for a system that shows none.
  Counters counters() const;

 private:
  bool draw(Growth growth);
  void advance(Time now);
  void add_user(Slot slot);
  void remove_user(Slot slot);

  SystemRules rules_;
  CloseBy close_by_;
  std::uint32_t targets_, lanes_per_source_;
  Random random_;
  PortTable ports_;
  TimeWaits waits_;                   // of the side that closes first
  std::vector<std::uint32_t> users_;  // of each port of the range: sockets of the client
  std::uint64_t ports_in_use_ = 0, attempting_ = 0, open_ = 0;
  std::int64_t attempts_ = 0, accepted_ = 0, waited_ = 0, recycled_ = 0, overflows_ = 0;
};

}  // namespace tws::model
