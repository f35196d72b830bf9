#include "system/port_list.hpp"

#include "support/units.hpp"

namespace tws {
namespace {

// The kernel's list of reserved ports may contain port 0, which connect() never uses.
std::optional<PortRange> parse_range(std::string_view text) {
  const auto dash = text.find('-');
  const auto low = parse_number(text.substr(0, dash), 65535);
  const auto high = dash == text.npos ? low : parse_number(text.substr(dash + 1), 65535);
  if (!low || !high || *low > *high) return {};
  return PortRange{static_cast<std::uint16_t>(*low), static_cast<std::uint16_t>(*high)};
}

}  // namespace

PortSet port_set(const std::vector<PortRange>& ranges) {
  PortSet ports;
  for (auto range : ranges)
    for (std::size_t port = range.low; port <= range.high; ++port) ports.set(port);
  return ports;
}

std::vector<PortRange> port_ranges(const PortSet& ports) {
  std::vector<PortRange> ranges;
  for (std::size_t i = 0; i < ports.size(); ++i) {
    if (!ports.test(i)) continue;
    const auto port = static_cast<std::uint16_t>(i);
    if (i > 0 && ports.test(i - 1))
      ranges.back().high = port;
    else
      ranges.push_back({port, port});
  }
  return ranges;
}

std::optional<PortRange> parse_port_range(std::string_view text) {
  if (text.find('-') == text.npos) return {};
  auto range = parse_range(text);
  if (range && range->low == 0) return {};
  return range;
}

std::optional<std::vector<PortRange>> parse_port_list(std::string_view text) {
  std::vector<PortRange> ranges;
  while (!text.empty()) {
    const auto comma = text.find(',');
    const auto range = parse_range(text.substr(0, comma));
    if (!range) return {};
    ranges.push_back(*range);
    text = comma == text.npos ? std::string_view{} : text.substr(comma + 1);
  }
  return ranges;
}

std::uint64_t count_ports(const std::vector<PortRange>& ranges) {
  return port_set(ranges).count();
}

std::uint64_t count_usable(PortRange range, const std::vector<PortRange>& reserved,
                           const PortSet& held) {
  return (port_set({range}) & ~port_set(reserved) & ~held).count();
}

}  // namespace tws
