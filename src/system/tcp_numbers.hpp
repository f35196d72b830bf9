// What the kernel counts for each TCP connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace tws {

// Since the connection began. 0 where the kernel does not tell; older ones know fewer.
struct TcpNumbers {
  std::uint64_t cookie = 0;  // tells it from all other sockets, also from a later one
  // Seconds. Both have delayed acknowledgements in them (40 ms), so the smallest is the measure.
  double rtt = 0, min_rtt = 0;
  std::uint32_t send_mss = 0, receive_mss = 0;
  std::uint64_t segments_sent = 0, segments_resent = 0;  // the SYN counts, too
  std::uint64_t segments_out_of_order = 0;               // received so
  std::uint64_t bytes_acknowledged = 0, bytes_received = 0, bytes_resent = 0;
  double delivery_rate = 0;    // the latest, in bytes per second
  bool app_limited = false;    // that rate was limited by what the program wrote
  bool sending = false;        // now: something is to be sent, or not yet acknowledged
  bool overdue = false;        // now: an acknowledgement, so much that it will soon be sent again
  double sending_seconds = 0;  // that it was so
  double window_limited = 0;   // of these: seconds that the receiver's window was full
  double buffer_limited = 0;   // of these: seconds that the send buffer was too small
  bool operator==(const TcpNumbers&) const = default;
};

// A struct tcp_info of whatever length the kernel has it.
TcpNumbers parse_tcp_info(std::span<const std::byte> info);

}  // namespace tws
