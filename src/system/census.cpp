#include "tws/system/census.hpp"

#include <numeric>

namespace tws {

std::string_view name(TcpState state) {
  constexpr std::array<std::string_view, tcp_states.size() + 1> names{
      "?",         "ESTABLISHED", "SYN_SENT",   "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2",
      "TIME_WAIT", "CLOSE",       "CLOSE_WAIT", "LAST_ACK", "LISTEN",    "CLOSING"};
  const auto number = static_cast<std::size_t>(state);
  return names[number < names.size() ? number : 0];
}

std::string_view name(CensusSource source) {
  switch (source) {
    case CensusSource::Netlink:
      return "NETLINK_SOCK_DIAG";
    case CensusSource::Procfs:
      return "/proc/net/tcp";
    case CensusSource::Sysctl:
      return "net.inet.tcp.pcblist64";
    case CensusSource::Simulation:
      return "the simulation";
  }
  return "?";
}

std::uint64_t StateCounts::total() const {
  return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
}

}  // namespace tws
