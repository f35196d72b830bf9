// The state of both kernels: ports in use, TIME_WAIT sockets, and the answer to a SYN.
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

// The result of connect()'s search.
struct Attempt {
  std::optional<Slot> slot;     // nothing: EADDRNOTAVAIL
  std::uint32_t pair = 0;       // number of the pair of addresses and ports
  std::uint32_t looked_at = 0;  // ports
};

class Kernel {
 public:
  explicit Kernel(const Simulation& simulation);
  Kernel(const Kernel&) = delete;
  Kernel& operator=(const Kernel&) = delete;

  static std::uint64_t ports_needed(const Simulation& simulation);

  Attempt connect(std::uint32_t source, std::uint32_t target, Time now);
  // Whether the first SYN of an attempt passes. A repeated SYN has the same numbers.
  bool lets_through(std::uint32_t pair, Time now);
  // Whether a SYN that did not pass is still blocked.
  bool is_in_the_way(std::uint32_t pair, Time now);
  void established();
  void close(Slot slot, std::uint32_t pair, Time now);
  // Frees without TIME_WAIT: for an attempt that is given up, and for connections open at the end
  // of the run.
  void abandon(Slot slot, bool established, Time now);

  Census census(Time now);
  // Since the start; empty for a system without such counters.
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
  TimeWaits waits_;                   // on the side that closes first
  std::vector<std::uint32_t> users_;  // number of client sockets by port of the range
  std::uint64_t ports_in_use_ = 0, attempting_ = 0, open_ = 0;
  std::int64_t attempts_ = 0, accepted_ = 0, waited_ = 0, recycled_ = 0, overflows_ = 0;
};

}  // namespace tws::model
