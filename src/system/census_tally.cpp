#include "system/census_tally.hpp"

#include "support/units.hpp"
#include "system/port_list.hpp"

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
    : any_target_(filter.targets.empty()) {
  counted_ = filter.range ? port_set({*filter.range}) : PortSet{}.set();
  counted_ &= ~port_set(filter.left_out);
  if (any_target_) everywhere_ = listening;
  for (const auto& target : filter.targets) {
    const auto address = bytes_of(target.address());
    if (is_wildcard(address))
      everywhere_.set(target.port());
    else
      targets_.push_back({address, target.port()});
    ports_.set(target.port());
  }
  std::ranges::sort(targets_);
  for (const auto& source : filter.sources) sources_.push_back(bytes_of(source));
  std::ranges::sort(sources_);
}

bool CensusTally::is_source(const AddressBytes& address) const {
  return sources_.empty() || std::ranges::binary_search(sources_, address);
}

bool CensusTally::is_target(const Endpoint& endpoint) const {
  return everywhere_.test(endpoint.port) ||
         (ports_.test(endpoint.port) && std::ranges::binary_search(targets_, endpoint));
}

void CensusTally::add(const SocketRow& row) {
  const bool listens_everywhere = row.state == TcpState::Listen && is_wildcard(row.local.address);
  if (is_target(row.local) || (listens_everywhere && ports_.test(row.local.port))) {
    ++server_[row.state];
  } else if ((any_target_ || is_target(row.remote)) && is_source(row.local.address)) {
    ++client_[row.state];
    if (counted_.test(row.local.port)) client_ports_.set(row.local.port);
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
  if (filter.targets.empty()) {
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
