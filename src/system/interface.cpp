#include "system/interface.hpp"

#include <sstream>

namespace tws {

// Two lines of names, then NAME: bytes packets errs drop fifo frame compressed multicast, and the
// same eight of what was sent (net/core/net-procfs.c).
std::optional<InterfaceUse> parse_net_dev(const std::string& text, const std::string& name) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const auto colon = line.find(':');
    if (colon == std::string::npos) continue;
    const auto begin = line.find_first_not_of(' ');
    if (line.substr(begin, colon - begin) != name) continue;
    std::istringstream numbers(line.substr(colon + 1));
    std::uint64_t of[16] = {};
    for (auto& number : of)
      if (!(numbers >> number)) return {};
    return InterfaceUse{name, of[0], of[8], of[2] + of[10], of[3] + of[11]};
  }
  return {};
}

std::optional<InterfaceUse> interface_between(const std::optional<InterfaceUse>& before,
                                              const std::optional<InterfaceUse>& after) {
  if (!before || !after || before->name != after->name) return {};
  const auto since = [&](std::uint64_t InterfaceUse::*count) {
    return (*after).*count >= (*before).*count ? (*after).*count - (*before).*count : 0;
  };
  return InterfaceUse{after->name, since(&InterfaceUse::bytes_received),
                      since(&InterfaceUse::bytes_sent), since(&InterfaceUse::errors),
                      since(&InterfaceUse::dropped)};
}

}  // namespace tws
