#include "system/tcp_numbers.hpp"

#include "system/connections.hpp"
#include "system/linux/netlink.hpp"

#include <algorithm>
#include <cstring>

namespace tws {
namespace {

// include/uapi/linux/tcp.h, struct tcp_info: it grows at its end. <netinet/tcp.h> has the first
// part only, and the two headers exclude each other.
struct TcpInfo {
  std::uint8_t state, ca_state, retransmits, probes, backoff, options, window_scales;
  std::uint8_t flags;  // bit 0: delivery_rate is app-limited
  std::uint32_t rto, ato, snd_mss, rcv_mss;
  std::uint32_t unacked, sacked, lost, retrans, fackets;
  std::uint32_t last_data_sent, last_ack_sent, last_data_recv, last_ack_recv;
  std::uint32_t pmtu, rcv_ssthresh, rtt, rttvar, snd_ssthresh, snd_cwnd, advmss, reordering;
  std::uint32_t rcv_rtt, rcv_space, total_retrans;
  std::uint64_t pacing_rate, max_pacing_rate, bytes_acked, bytes_received;
  std::uint32_t segs_out, segs_in, notsent_bytes, min_rtt, data_segs_in, data_segs_out;
  std::uint64_t delivery_rate, busy_time, rwnd_limited, sndbuf_limited;
  std::uint32_t delivered, delivered_ce;
  std::uint64_t bytes_sent, bytes_retrans;
  std::uint32_t dsack_dups, reord_seen, rcv_ooopack, snd_wnd;
};
static_assert(offsetof(TcpInfo, pacing_rate) == 104 && offsetof(TcpInfo, busy_time) == 168 &&
              sizeof(TcpInfo) == 232);

double seconds_of(std::uint64_t microseconds) {
  return static_cast<double>(microseconds) * 1e-6;
}

// A connection sends in these; one that its program has closed may still do it.
constexpr std::uint32_t sending_states = 1u << static_cast<unsigned>(TcpState::Established) |
                                         1u << static_cast<unsigned>(TcpState::FinWait1) |
                                         1u << static_cast<unsigned>(TcpState::CloseWait) |
                                         1u << static_cast<unsigned>(TcpState::LastAck);

}  // namespace

TcpNumbers parse_tcp_info(std::span<const std::byte> bytes) {
  TcpInfo info{};
  std::ranges::copy(bytes.first(std::min(bytes.size(), sizeof info)),
                    std::as_writable_bytes(std::span(&info, 1)).begin());
  constexpr std::uint32_t never_measured = ~0u;
  TcpNumbers numbers;
  numbers.rtt = seconds_of(info.rtt);
  numbers.min_rtt = info.min_rtt == never_measured ? 0 : seconds_of(info.min_rtt);
  numbers.send_mss = info.snd_mss;
  numbers.receive_mss = info.rcv_mss;
  numbers.segments_sent = info.segs_out;
  // What the other end has told to have come twice (DSACK) was not lost: RFC 2883.
  numbers.segments_resent = info.total_retrans - std::min(info.total_retrans, info.dsack_dups);
  numbers.segments_out_of_order = info.rcv_ooopack;
  numbers.bytes_acknowledged = info.bytes_acked;
  numbers.bytes_received = info.bytes_received;
  numbers.bytes_resent = info.bytes_retrans;
  numbers.delivery_rate = static_cast<double>(info.delivery_rate);
  numbers.app_limited = (info.flags & 1) != 0;
  numbers.sending = info.unacked > 0 || info.notsent_bytes > 0;
  // In milliseconds and microseconds. An acknowledgement that is only delayed (40 ms) comes far
  // earlier than the time-out of 200 ms or more.
  numbers.overdue = info.unacked > 0 && info.last_data_sent * 1000ull >= info.rto / 4 * 3ull;
  numbers.sending_seconds = seconds_of(info.busy_time);
  numbers.window_limited = seconds_of(info.rwnd_limited);
  numbers.buffer_limited = seconds_of(info.sndbuf_limited);
  return numbers;
}

std::optional<bool> read_connections(std::span<const std::uint16_t> ports, std::size_t most,
                                     const RowSink& on_row) {
  std::size_t rows = 0;
  const auto failed = dump_connections(sending_states, ports, most, [&](const SocketRow& row) {
    ++rows;
    if (row.numbers) on_row(row);
  });
  if (failed && failed != boost::system::errc::interrupted) return {};
  return rows < most;
}

}  // namespace tws
