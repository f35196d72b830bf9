#include "census_tally.hpp"

#include "tws/support/units.hpp"

#include <algorithm>
#include <chrono>

namespace tws {

using boost::system::error_code;
using Clock = std::chrono::steady_clock;

AddressBytes mapped_v4(const std::uint8_t* first) {
  AddressBytes bytes{};
  bytes[10] = bytes[11] = 0xff;
  std::copy_n(first, 4, bytes.begin() + 12);
  return bytes;
}

AddressBytes bytes_of(const boost::asio::ip::address& address) {
  if (address.is_v4()) return mapped_v4(address.to_v4().to_bytes().data());
  AddressBytes bytes;
  std::ranges::copy(address.to_v6().to_bytes(), bytes.begin());
  return bytes;
}

// 0.0.0.0 or ::
bool is_wildcard(const AddressBytes& address) {
  constexpr std::array<std::uint8_t, 4> zero{};
  static const AddressBytes any_v4 = mapped_v4(zero.data());
  return address == AddressBytes{} || address == any_v4;
}

CensusTally::CensusTally(const CensusFilter& filter, const PortSet& listening)
    : any_port_(filter.ports.empty()), server_ports_(listening), range_(filter.range) {
  if (!any_port_) server_ports_.reset();
  for (auto port : filter.ports)
    server_ports_.set(port);
  for (const auto& address : filter.addresses)
    addresses_.push_back(bytes_of(address));
  std::ranges::sort(addresses_);
}

bool CensusTally::wanted(const AddressBytes& address) const {
  return addresses_.empty() || std::ranges::binary_search(addresses_, address);
}

void CensusTally::add(const SocketRow& row) {
  const bool at_server = server_ports_.test(row.local.port);
  if (at_server && (wanted(row.local.address) ||
                    (row.state == TcpState::Listen && is_wildcard(row.local.address)))) {
    ++server_[row.state];
  } else if ((any_port_ ? !at_server : server_ports_.test(row.remote.port)) &&
             wanted(row.remote.address)) {
    ++client_[row.state];
    const auto port = row.local.port;
    if (!range_ || (range_->low <= port && port <= range_->high)) client_ports_.set(port);
  }
}

Census CensusTally::census() const {
  Census census;
  census.client = client_;
  census.server = server_;
  census.client_ports = client_ports_.count();
  return census;
}

boost::system::result<Census> count_sockets(const CensusFilter& filter, CensusSource source,
                                            const RowWalk& walk) {
  const auto start = Clock::now();
  PortSet listening;
  if (filter.ports.empty()) {
    const error_code ec = walk(Rows::Listening, [&](const SocketRow& row) {
      if (row.state == TcpState::Listen) listening.set(row.local.port);
    });
    if (ec) return ec;
  }
  CensusTally tally(filter, listening);
  if (const error_code ec = walk(Rows::All, [&](const SocketRow& row) { tally.add(row); }))
    return ec;
  Census census = tally.census();
  census.seconds = to_seconds(Clock::now() - start);
  census.source = source;
  return census;
}

}  // namespace tws
