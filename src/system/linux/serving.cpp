#include "system/serving.hpp"

#include "system/linux/netlink.hpp"
#include "system/linux/proc_directory.hpp"
#include "system/linux/procfs.hpp"
#include "system/linux/sock_diag.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <map>
#include <sched.h>
#include <set>
#include <unistd.h>

namespace tws {
namespace {

using boost::asio::ip::address;
using boost::asio::ip::tcp;

// connect() takes 0.0.0.0 for 127.0.0.1, :: for ::1, and ::ffff:a.b.c.d for a.b.c.d.
address reached_address(const address& target) {
  using namespace boost::asio::ip;
  if (target == address_v4::any()) return address_v4::loopback();
  if (target == address_v6::any()) return address_v6::loopback();
  if (target.is_v6() && target.to_v6().is_v4_mapped())
    return reached_address(make_address_v4(v4_mapped, target.to_v6()));
  return target;
}

// Only an address of this network namespace can be bound. 127.0.0.2 is one, though no interface
// lists it.
bool is_own(tcp::endpoint endpoint) {
  endpoint.port(0);
  const int fd = socket(endpoint.protocol().family(), SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const bool bound = bind(fd, endpoint.data(), static_cast<socklen_t>(endpoint.size())) == 0;
  close(fd);
  return bound;
}

// "socket:[1234]", as the links in /proc/PID/fd name them (net/socket.c, sockfs_dname). The numbers
// are those of the machine, whatever the network namespace.
std::string link_of(std::uint32_t inode) {
  return "socket:[" + std::to_string(inode) + "]";
}

// By these links, with the room in their queues.
using Listeners = std::map<std::string, std::optional<std::uint32_t>>;

class ListenerSearch {
 public:
  explicit ListenerSearch(const tcp::endpoint& target)
      : target_(target), wanted_(bytes_of(target.address())) {}

  void add(const SocketRow& row) {
    if (row.state != TcpState::Listen || row.local.port != target_.port()) return;
    if (row.local.address == wanted_) {
      exact_[link_of(row.inode)] = row.backlog;
    } else if (is_wildcard(row.local.address) &&
               // :: takes IPv4 too, unless IPV6_V6ONLY is set, which is not told; 0.0.0.0 no IPv6.
               (target_.address().is_v4() || row.local.address == AddressBytes{})) {
      wildcard_[link_of(row.inode)] = row.backlog;
    }
  }
  const Listeners& found() const { return exact_.empty() ? wildcard_ : exact_; }

 private:
  const tcp::endpoint& target_;
  const AddressBytes wanted_;
  Listeners exact_, wildcard_;
};

// From /proc/PID/net, of that process's network namespace.
Listeners listeners_in(const std::string& directory, const tcp::endpoint& target) {
  ListenerSearch search(target);
  for (const char* file : {"/tcp", "/tcp6"})
    if (const auto text = read_text(directory + file))
      read_proc_net_tcp(*text, [&](const SocketRow& row) { search.add(row); });
  return search.found();
}

// Of the network namespaces in which other processes are, the one that has this address.
Listeners listeners_elsewhere(const tcp::endpoint& target) {
  const auto name_of = [](const std::string& directory) {
    std::array<char, 64> link;
    const auto length = readlink((directory + "/ns/net").c_str(), link.data(), link.size());
    return std::string(link.data(), static_cast<std::size_t>(std::max<ssize_t>(length, 0)));
  };
  std::set<std::string> seen{"", name_of("/proc/thread-self")};
  const AddressBytes wanted = bytes_of(target.address());
  Listeners found;
  for_each_number("/proc", [&](int pid) {
    const std::string directory = "/proc/" + std::to_string(pid);
    if (!found.empty() || !seen.insert(name_of(directory)).second) return;
    const auto v4 = read_text(directory + "/net/fib_trie");
    const auto v6 = read_text(directory + "/net/if_inet6");
    if (has_address(v4 ? *v4 : "", v6 ? *v6 : "", wanted))
      found = listeners_in(directory + "/net", target);
  });
  return found;
}

Listeners listeners(const tcp::endpoint& target) {
  if (!is_own(target)) return listeners_elsewhere(target);
  ListenerSearch search(target);
  const std::uint16_t port = target.port();
  const auto failed = dump_sockets(listen_state, std::span(&port, 1),
                                   [&](const SocketRow& row) { search.add(row); });
  return failed ? listeners_in("/proc/thread-self/net", target) : search.found();
}

template <typename Links>
bool has_one_of(int pid, const Links& links) {
  bool found = false;
  const std::string directory = "/proc/" + std::to_string(pid) + "/fd";
  for_each_number(directory, [&](int fd) {
    std::array<char, 64> link;  // longer ones are no sockets
    const auto length =
        found ? 0 : readlink((directory + "/" + std::to_string(fd)).c_str(), link.data(), 64);
    if (length > 0) found = links.contains({link.data(), static_cast<std::size_t>(length)});
  });
  return found;
}

}  // namespace

Serving serving(const tcp::endpoint& target) {
  const auto found = listeners({reached_address(target.address()), target.port()});
  Serving serving;
  if (found.empty()) return serving;
  for_each_number("/proc", [&](int pid) {
    if (has_one_of(pid, found)) serving.processes.push_back(pid);
  });
  std::ranges::sort(serving.processes);
  for (const auto& [link, backlog] : found)
    if (backlog)
      serving.backlog = std::min<std::uint64_t>(serving.backlog.value_or(*backlog), *backlog);
  return serving;
}

std::vector<int> listening_processes(const tcp::endpoint& target) {
  return serving(target).processes;
}

std::vector<int> with_descendants(std::vector<int> processes) {
  if (processes.empty()) return processes;
  std::map<int, int> parents;
  for_each_number("/proc", [&](int pid) {
    if (const auto stat = read_stat("/proc/" + std::to_string(pid))) parents[pid] = stat->parent;
  });
  const auto parent_of = [&](int pid) {
    const auto found = parents.find(pid);
    return found == parents.end() ? 0 : found->second;
  };
  std::set<int> childless{1};
  for (int pid = getpid(); pid > 0 && childless.insert(pid).second;) pid = parent_of(pid);

  std::set<int> all(processes.begin(), processes.end());
  const auto descends = [&](int pid) {
    // As far as init: a table that is read while it changes may hold a circle.
    for (std::size_t steps = 0; steps < parents.size(); ++steps) {
      pid = parent_of(pid);
      if (pid <= 0 || childless.contains(pid)) return false;
      if (all.contains(pid)) return true;
    }
    return false;
  };
  for (const auto& [pid, parent] : parents)
    if (!childless.contains(pid) && descends(pid)) all.insert(pid);
  all.erase(getpid());
  return {all.begin(), all.end()};
}

std::vector<int> processes_with_connections(std::span<const std::uint16_t> ports,
                                            const std::vector<int>& known) {
  constexpr std::size_t enough = 64;
  constexpr std::uint32_t established = 1u << static_cast<unsigned>(TcpState::Established);
  std::set<std::string> links;
  dump_sockets(established, ports, [&](const SocketRow& row) {
    if (row.inode != 0 && links.size() < enough &&
        std::ranges::find(ports, row.local.port) != ports.end())
      links.insert(link_of(row.inode));
  });
  std::vector<int> found;
  if (links.empty()) return found;
  for_each_number("/proc", [&](int pid) {
    if (pid != getpid() && !std::ranges::binary_search(known, pid) && has_one_of(pid, links))
      found.push_back(pid);
  });
  std::ranges::sort(found);
  return found;
}

std::optional<unsigned> usable_cpus(const std::vector<int>& processes) {
  cpu_set_t all;
  CPU_ZERO(&all);
  for (const int pid : processes) {
    cpu_set_t set;
    CPU_ZERO(&set);
    // More CPUs than such a set has make it fail with EINVAL.
    if (sched_getaffinity(pid, sizeof set, &set) == 0) CPU_OR(&all, &all, &set);
  }
  const int count = CPU_COUNT(&all);
  return count > 0 ? std::optional(static_cast<unsigned>(count)) : std::nullopt;
}

}  // namespace tws
