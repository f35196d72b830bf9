// Unchecked at run time: written from xnu's sources, never run against a real list.
#include "system/macos/pcblist.hpp"

#include <algorithm>
#include <cstring>

namespace tws {
namespace {

template <typename T>
T read_as(std::span<const std::byte> bytes, std::size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

Endpoint read_endpoint(std::span<const std::byte> record, std::size_t address, std::size_t port) {
  Endpoint endpoint{read_as<AddressBytes>(record, address), 0};
  const auto order = read_as<std::array<std::uint8_t, 2>>(record, port);
  endpoint.port = static_cast<std::uint16_t>(order[0] << 8 | order[1]);
  constexpr std::uint8_t ipv6 = 2;
  if (!(read_as<std::uint8_t>(record, PcbLayout::version) & ipv6))
    endpoint.address = mapped_v4(endpoint.address.data() + 12);
  return endpoint;
}

}  // namespace

bool read_pcblist(std::span<const std::byte> bytes, const RowSink& on_row) {
  // In the order of BSD's numbers (netinet/tcp_fsm.h).
  constexpr std::array states{TcpState::Close,    TcpState::Listen,      TcpState::SynSent,
                              TcpState::SynRecv,  TcpState::Established, TcpState::CloseWait,
                              TcpState::FinWait1, TcpState::Closing,     TcpState::LastAck,
                              TcpState::FinWait2, TcpState::TimeWait};
  if (bytes.size() < PcbLayout::generation_size) return false;
  const auto generation = read_as<std::uint64_t>(bytes, PcbLayout::generation);
  const auto first = read_as<std::uint32_t>(bytes, 0);
  if (first < PcbLayout::generation_size || first > bytes.size()) return false;
  for (bytes = bytes.subspan(first); bytes.size() >= sizeof(std::uint32_t);) {
    const auto length = read_as<std::uint32_t>(bytes, 0);
    if (length == PcbLayout::generation_size) return true;  // a second xinpgen ends the list
    if (length < PcbLayout::record_size || length > bytes.size()) return false;
    const auto record = bytes.first(length);
    bytes = bytes.subspan(length);
    const auto state = static_cast<std::size_t>(read_as<std::uint32_t>(record, PcbLayout::state));
    if (read_as<std::uint64_t>(record, PcbLayout::record_generation) > generation) continue;
    if (state >= states.size()) continue;
    on_row({states[state], read_endpoint(record, PcbLayout::local_address, PcbLayout::local_port),
            read_endpoint(record, PcbLayout::remote_address, PcbLayout::remote_port)});
  }
  return false;
}

}  // namespace tws
