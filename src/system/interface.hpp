// The network interface on the way to an address, and what it counts.
#pragma once

#include "tws/system/interface.hpp"

#include <boost/asio/ip/address.hpp>

#include <optional>
#include <string>

namespace tws {

// Since it exists. Nothing where it can't be told, as on systems other than Linux.
std::optional<InterfaceUse> interface_towards(const boost::asio::ip::address& target);

// The text of /proc/net/dev; nothing if the interface is not in it.
std::optional<InterfaceUse> parse_net_dev(const std::string& text, const std::string& name);

// `after` minus `before`; nothing where one is missing or they are of different interfaces.
std::optional<InterfaceUse> interface_between(const std::optional<InterfaceUse>& before,
                                              const std::optional<InterfaceUse>& after);

}  // namespace tws
