#include "system/linux/census.hpp"

#include "system/census_tally.hpp"
#include "system/linux/netlink.hpp"
#include "system/linux/procfs.hpp"
#include "system/linux/sock_diag.hpp"

#include <algorithm>
#include <cerrno>

namespace tws {

using boost::system::error_code;
using boost::system::result;

namespace {

// Each port once. The kernel filters by port only; the tally also checks the addresses.
std::vector<std::uint16_t> ports_of(const CensusFilter& filter) {
  std::vector<std::uint16_t> ports;
  for (const auto& target : filter.targets) ports.push_back(target.port());
  std::ranges::sort(ports);
  ports.erase(std::unique(ports.begin(), ports.end()),
              ports.end());  // clang 14 has no ranges::unique
  return ports;
}

}  // namespace

result<Census> netlink_census(const CensusFilter& filter) {
  const auto ports = ports_of(filter);
  const auto walk = [&](Rows rows, const RowSink& on_row) {
    return dump_sockets(rows == Rows::Listening ? listen_state : every_state, ports, on_row);
  };
  result<Census> census = error_code{};
  for (int attempt = 0; attempt < 3; ++attempt) {
    census = count_sockets(filter, CensusSource::Netlink, walk);
    if (census || census.error() != boost::system::errc::interrupted) break;
  }
  return census;
}

result<Census> procfs_census(const CensusFilter& filter) {
  const auto walk = [](Rows, const RowSink& on_row) -> error_code {
    const auto v4 = read_text("/proc/thread-self/net/tcp");
    if (!v4) return v4.error();
    read_proc_net_tcp(*v4, on_row);
    const auto v6 = read_text("/proc/thread-self/net/tcp6");
    if (v6) read_proc_net_tcp(*v6, on_row);
    // A kernel without IPv6 does not have this file.
    return v6 || v6.error() == boost::system::errc::no_such_file_or_directory ? error_code{}
                                                                              : v6.error();
  };
  return count_sockets(filter, CensusSource::Procfs, walk);
}

result<Census> take_census(const CensusFilter& filter) {
  const auto by_netlink = netlink_census(filter);
  if (by_netlink) return by_netlink;
  const auto by_procfs = procfs_census(filter);
  return by_procfs ? by_procfs : by_netlink;
}

}  // namespace tws
