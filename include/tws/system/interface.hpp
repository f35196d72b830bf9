// What a network interface counts.
#pragma once

#include <cstdint>
#include <string>

namespace tws {

struct InterfaceUse {
  std::string name;  // "eth0"
  std::uint64_t bytes_received = 0, bytes_sent = 0;
  std::uint64_t errors = 0, dropped = 0;  // both directions together
  bool operator==(const InterfaceUse&) const = default;
};

}  // namespace tws
