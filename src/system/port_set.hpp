// A set of ports in 8 KiB.
#pragma once

#include <bitset>

namespace tws {

using PortSet = std::bitset<65536>;

}  // namespace tws
