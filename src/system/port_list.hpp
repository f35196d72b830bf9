// Ranges of ports as the kernel lists them; pure.
#pragma once

#include "system/port_set.hpp"
#include "tws/system/limits.hpp"

namespace tws {

// "8080,9148-9150", the form of net.ipv4.ip_local_reserved_ports; empty for none. Nothing if any of
// it can't be read.
std::optional<std::vector<PortRange>> parse_port_list(std::string_view text);

PortSet port_set(const std::vector<PortRange>& ranges);

// How many ports the ranges hold; a port in two of them counts once.
std::uint64_t count_ports(const std::vector<PortRange>& ranges);

// How many ports of `range` are neither in one of `reserved` nor `held`.
std::uint64_t count_usable(PortRange range, const std::vector<PortRange>& reserved,
                           const PortSet& held);

}  // namespace tws
