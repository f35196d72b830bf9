// macOS's list of TCP sockets, the sysctl net.inet.tcp.pcblist64; pure, without Apple's headers, so
// that it is tested everywhere.
//
// Unchecked at run time: written from xnu's sources, never run against a real list.
#pragma once

#include "system/socket_row.hpp"

#include <span>

namespace tws {

// Offsets in xnu's struct xinpgen (netinet/in_pcb.h) and struct xtcpcb64 (netinet/tcp_var.h), both
// packed to 4 bytes; the same from xnu-8020 to xnu-11417.
struct PcbLayout {
  static constexpr std::size_t generation_size = 24;
  static constexpr std::size_t generation = 8;  // u64, in xinpgen
  static constexpr std::size_t record_size = 472;
  static constexpr std::size_t remote_port = 20;        // network order
  static constexpr std::size_t local_port = 22;         // network order
  static constexpr std::size_t record_generation = 80;  // u64
  static constexpr std::size_t version = 96;            // bits: 1 IPv4, 2 IPv6
  static constexpr std::size_t remote_address = 100;    // 16 bytes, IPv4 in the last four
  static constexpr std::size_t local_address = 116;
  static constexpr std::size_t state = 292;  // int, BSD's numbers
};

// False if the list does not end properly. Skips sockets created after the start of the list, and
// unknown states.
bool read_pcblist(std::span<const std::byte> bytes, const RowSink& on_row);

}  // namespace tws
