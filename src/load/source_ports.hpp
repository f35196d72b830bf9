// Source ports that hammer picks itself (--ports rotate): in turn, over all source addresses, so
// that each is reused as late as possible.
#pragma once

#include "tws/support/asio.hpp"
#include "tws/system/limits.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace tws::load {

class SourcePorts {
 public:
  // Worker `first` of `step` uses every step'th pair of port and address. Without sources the
  // system chooses the address.
  SourcePorts(PortRange range, const std::vector<PortRange>& reserved,
              std::vector<asio::ip::address> sources, std::uint64_t first, std::uint64_t step);

  // The number of pairs of this worker.
  std::uint64_t size() const;

  struct Pair {
    std::optional<asio::ip::address> address;
    std::uint16_t port = 0;
  };
  // The next pair; the first one follows the last. There must be at least one.
  Pair next();

 private:
  std::uint64_t of_all_workers() const;

  std::vector<std::uint16_t> ports_;
  std::vector<asio::ip::address> sources_;
  std::uint64_t first_, step_;
  std::uint64_t at_;
};

}  // namespace tws::load
