// Rows and counts written down in tests, and what a kernel really sent.
#pragma once

#include "system/socket_row.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <ostream>
#include <string_view>
#include <utility>
#include <vector>

namespace tws {

inline Endpoint endpoint(std::string_view address, std::uint16_t port) {
  const auto parsed = boost::asio::ip::make_address(address);
  if (parsed.is_v4()) return {mapped_v4(parsed.to_v4().to_bytes().data()), port};
  Endpoint result{{}, port};
  std::ranges::copy(parsed.to_v6().to_bytes(), result.address.begin());
  return result;
}

inline StateCounts counts(std::initializer_list<std::pair<TcpState, std::uint64_t>> numbers) {
  StateCounts result;
  for (auto [state, number] : numbers) result[state] = number;
  return result;
}

// Found by GoogleTest.
inline void PrintTo(const StateCounts& numbers, std::ostream* out) {
  for (auto state : tcp_states)
    if (numbers[state]) *out << name(state) << " " << numbers[state] << " ";
}

inline std::vector<std::byte> from_hex(std::string_view text) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::vector<std::byte> bytes;
  for (std::size_t at = 0; at + 1 < text.size(); at += 2)
    bytes.push_back(static_cast<std::byte>(digit(text[at]) * 16 + digit(text[at + 1])));
  return bytes;
}

// Linux 6.18, x86-64, at one instant: a dual-stack listener on port 3779, a connection from
// 127.0.0.1:40001, and one from port 40002 that its client closed.
inline constexpr std::string_view real_dump_v4 =
    "7c000000140002000100000055200000020100009c410ec37f0000010000000000000000000000007f0000010000"
    "00000000000000000000000000005358020000000000000000000000000000000000000000006ef5090005000800"
    "0000000008000f00000000000c0015000100000000000000060016005200000060000000140002000100000055"
    "200000020603009c420ec37f0000010000000000000000000000007f000001000000000000000000000000000000"
    "00545802000000000060ea00000000000000000000000000000000000008000f0000000000";
inline constexpr std::string_view real_dump_v6 =
    "840000001400020001000000552000000a0a00000ec3000000000000000000000000000000000000000000000000"
    "00000000000000000000000000005558020000000000000000000000000080000000000000006df5090005000800"
    "0000000005000b000000000008000f00000000000c001500010000000000000006001600120000007c000000140002"
    "0001000000552000000a0100000ec39c4100000000000000000000ffff7f00000100000000000000000000ffff7f"
    "000001000000005658020000000000000000000000000000000000000000006ff50900050008000000000008000f00"
    "000000000c00150001000000000000000600160012000000";
inline constexpr std::string_view real_done = "1400000003000200010000005520000000000000";

inline constexpr std::string_view real_proc_net_tcp =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
    "inode                                                     \n"
    "   0: 0100007F:9C41 0100007F:0EC3 01 00000000:00000000 00:00000000 00000000     0        0 "
    "652654 2 00000000f2185ab1 20 0 0 10 -1                    \n"
    "   1: 0100007F:9C42 0100007F:0EC3 06 00000000:00000000 03:0000176F 00000000     0        0 "
    "0 3 00000000a4a89e7f                                      \n";
inline constexpr std::string_view real_proc_net_tcp6 =
    "  sl  local_address                         remote_address                        st "
    "tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
    "   0: 00000000000000000000000000000000:0EC3 00000000000000000000000000000000:0000 0A "
    "00000000:00000000 00:00000000 00000000     0        0 652653 1 0000000056fe9967 100 0 0 10 0\n"
    "   1: 0000000000000000FFFF00000100007F:0EC3 0000000000000000FFFF00000100007F:9C41 01 "
    "00000000:00000000 00:00000000 00000000     0        0 652655 1 00000000d9d709d4 20 0 0 10 "
    "-1\n";

inline std::vector<SocketRow> real_rows_v4() {
  return {
      {TcpState::Established, endpoint("127.0.0.1", 40001), endpoint("127.0.0.1", 3779), 652654},
      {TcpState::TimeWait, endpoint("127.0.0.1", 40002), endpoint("127.0.0.1", 3779)}};
}

inline std::vector<SocketRow> real_rows_v6() {
  return {
      {TcpState::Listen, endpoint("::", 3779), endpoint("::", 0), 652653},
      {TcpState::Established, endpoint("127.0.0.1", 3779), endpoint("127.0.0.1", 40001), 652655}};
}

}  // namespace tws
