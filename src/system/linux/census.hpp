// Linux's two ways to take a census.
#pragma once

#include "tws/system/census.hpp"

namespace tws {

boost::system::result<Census> netlink_census(const CensusFilter& filter);

// Several times slower, but it works if netlink is refused (seccomp, gVisor, no inet_diag).
boost::system::result<Census> procfs_census(const CensusFilter& filter);

}  // namespace tws
