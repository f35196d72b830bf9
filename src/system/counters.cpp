#include "tws/system/counters.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace tws {

Counters difference(const Counters& before, const Counters& after) {
  // RFC 1213, section 6.7: one gauge and four constants; TcpExt has neither.
  constexpr std::array<std::string_view, 5> no_counters{
      "Tcp.RtoAlgorithm", "Tcp.RtoMin", "Tcp.RtoMax", "Tcp.MaxConn", "Tcp.CurrEstab"};
  Counters moved;
  for (const auto& [name, value] : after) {
    const auto old = before.find(name);
    if (old == before.end() || old->second == value) continue;
    if (std::ranges::find(no_counters, name) == no_counters.end())
      moved[name] = value - old->second;
  }
  return moved;
}

}  // namespace tws
