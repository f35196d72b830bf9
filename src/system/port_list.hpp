// Ranges of ports as the kernel lists them; pure.
#pragma once

#include "system/port_set.hpp"
#include "tws/system/limits.hpp"

namespace tws {

// "8080,9148-9150", the form of net.ipv4.ip_local_reserved_ports; empty for none. Nothing if any
// part is invalid.
std::optional<std::vector<PortRange>> parse_port_list(std::string_view text);

PortSet port_set(const std::vector<PortRange>& ranges);

std::vector<PortRange> port_ranges(const PortSet& ports);

// The number of ports in the ranges; a port in two of them counts once.
std::uint64_t count_ports(const std::vector<PortRange>& ranges);

// The number of ports of `range` that are neither in `reserved` nor in `held`.
std::uint64_t count_usable(PortRange range, const std::vector<PortRange>& reserved,
                           const PortSet& held);

}  // namespace tws
