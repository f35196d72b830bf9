// Which source ports are held, and which one connect() finds next.
#pragma once

#include "model/random.hpp"
#include "tws/model/systems.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace tws::model {

// A (lane, port) pair; within a lane each port can be in use only once. A lane is (source, target)
// if ports are shared between targets, otherwise the source.
using Slot = std::uint32_t;

class PortTable {
 public:
  // `ports` and `lanes` are not 0; the number of slots (slots_needed) must fit into a Slot.
  // `step_width`: SystemRules::port_step_width.
  PortTable(PortOrder order, std::uint32_t ports, std::uint32_t lanes, Random& random,
            std::uint32_t step_width = 0);

  static std::uint64_t slots_needed(PortOrder order, std::uint32_t ports, std::uint64_t lanes);

  struct Choice {
    std::optional<Slot> slot;  // now held; nothing: no port was free
    std::uint32_t looked_at = 0;
  };
  Choice choose(std::uint32_t lane);
  void release(Slot slot);

  std::uint64_t slots() const { return words_.size() * 64; }
  std::uint32_t port(Slot slot) const;  // offset in the range

 private:
  // Ports that are searched in a circle: the whole range, or those of one parity.
  struct Part {
    std::uint32_t first_word, size;
  };
  struct Found {
    std::uint32_t at, distance;
  };
  Part part(std::uint32_t lane, std::uint32_t number) const;
  // Searches the circle from `first` to the end of the part, beginning at `from`.
  std::optional<Found> search(Part part, std::uint32_t from, std::uint32_t first = 0) const;
  // The same for a circle of `circle` ports, in steps that are coprime to it. If the part has one
  // port more than the circle, the last port replaces the first one, unless the search begins at
  // the first.
  std::optional<Found> search_in_steps(Part part, std::uint32_t from, std::uint32_t circle,
                                       std::uint32_t step) const;
  std::uint32_t random_step(std::uint32_t circle);
  std::optional<std::uint32_t> first_free(Part part, std::uint32_t from, std::uint32_t to) const;
  Slot hold(Part part, std::uint32_t at);
  Choice choose_by_hash(std::uint32_t lane);

  PortOrder order_;
  std::uint32_t ports_;
  std::uint32_t looked_through_;  // most ports that one search checks
  std::uint32_t words_per_part_, parts_;
  std::uint32_t step_width_;
  Random& random_;
  std::vector<std::uint64_t> words_;  // a bit for each slot: held
  std::vector<std::uint32_t> free_;   // of each part
  std::vector<std::uint32_t> next_;   // by_parity, by_hash: start of a lane's next search
  std::uint32_t last_;                // in_order: last port, for all lanes
};

}  // namespace tws::model
