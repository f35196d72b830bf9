// The processes that serve a target, and the queue in front of them.
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace tws {

struct Serving {
  std::vector<int> processes;  // that hold the listener, in ascending order
  // Connections that its accept queue has room for, as listen() set it (`ss -ltn`, Send-Q): the
  // least, where several listen. Nothing where the kernel was not asked through netlink.
  std::optional<std::uint64_t> backlog;
};

// Those of this machine that a connection to this target would reach; a master and its workers
// share a listener and are all named. A listener on the target's address is preferred to one on the
// wildcard address, as the kernel does it. A target that is an address of another network namespace
// of this machine is looked for there. Only processes whose open files we may read are seen: none
// of another user, none on another machine, and none on systems other than Linux. Takes
// milliseconds, more with many processes.
Serving serving(const boost::asio::ip::tcp::endpoint& target);
std::vector<int> listening_processes(const boost::asio::ip::tcp::endpoint& target);

// These, their children, and the children of those: where a primary holds the listener, others
// serve. In ascending order, without ourselves. What started us, and what started all processes
// (systemd holds other people's listeners), stays without its children.
std::vector<int> with_descendants(std::vector<int> processes);

// Others that hold a connection which was accepted on one of these ports: a listener may hand its
// connections to any process. Looks at a few connections only.
std::vector<int> processes_with_connections(std::span<const std::uint16_t> ports,
                                            const std::vector<int>& known);

// Cores that these may run on, all together; nothing where it can't be read.
std::optional<unsigned> usable_cpus(const std::vector<int>& processes);

}  // namespace tws
