#include "system/upstream.hpp"

#include "support/units.hpp"
#include "system/linux/netlink.hpp"
#include "system/linux/proc_directory.hpp"
#include "system/linux/sock_diag.hpp"
#include "system/process.hpp"

#include <array>
#include <fcntl.h>
#include <sched.h>
#include <thread>
#include <unistd.h>

namespace tws {
namespace {

constexpr std::size_t most_upstreams = max_filter_ports;

// Calls it where this process's network is; another one than ours is entered by a thread of its
// own, which takes CAP_SYS_ADMIN. False where that fails.
template <typename Function>
bool in_network_of(int process, const Function& function) {
  const std::string link = "/proc/" + std::to_string(process) + "/ns/net";
  std::error_code ec;
  const auto network = std::filesystem::read_symlink(link, ec);
  if (ec) return false;
  if (network.native() == network_id()) {
    function();
    return true;
  }
  bool entered = false;
  std::thread([&] {
    const int fd = open(link.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    entered = setns(fd, CLONE_NEWNET) == 0;
    close(fd);
    if (entered) function();
  }).join();
  return entered;
}

// "socket:[1234]", as the links in /proc/PID/fd name them.
std::set<std::uint32_t> sockets_of(const std::vector<int>& processes) {
  constexpr std::string_view begin = "socket:[";
  std::set<std::uint32_t> inodes;
  for (const int pid : processes) {
    const std::string directory = "/proc/" + std::to_string(pid) + "/fd";
    for_each_number(directory, [&](int fd) {
      std::array<char, 64> link;  // longer ones are no sockets
      const auto length =
          readlink((directory + "/" + std::to_string(fd)).c_str(), link.data(), link.size());
      const std::string_view text(link.data(),
                                  static_cast<std::size_t>(std::max<ssize_t>(length, 0)));
      if (!text.starts_with(begin) || !text.ends_with(']')) return;
      const auto inode = parse_number(text.substr(begin.size(), text.size() - begin.size() - 1),
                                      std::numeric_limits<std::uint32_t>::max());
      if (inode) inodes.insert(static_cast<std::uint32_t>(*inode));
    });
  }
  return inodes;
}

}  // namespace

// TIME_WAIT can be hundreds of thousands, so they are only read where there is an upstream.
std::optional<std::map<Endpoint, PortsTowards>> look_upstream(const std::vector<int>& processes,
                                                              const std::set<Endpoint>& known) {
  constexpr std::uint32_t time_wait = 1u << static_cast<unsigned>(TcpState::TimeWait);
  const auto inodes = sockets_of(processes);
  if (inodes.empty()) return {};
  std::set<Endpoint> upstreams = known;
  std::map<Endpoint, PortsTowards> result;
  bool failed = false;
  const bool entered = in_network_of(processes.front(), [&] {
    std::vector<SocketRow> rows;
    const auto add_row = [&](const SocketRow& row) {
      if (row.state == TcpState::Listen || inodes.contains(row.inode)) rows.push_back(row);
    };
    if (upstreams.size() < most_upstreams) {
      const auto error = dump_sockets(every_state & ~time_wait, {}, add_row);
      // If the table changed during the dump, the rows read so far are used.
      failed = error && error != boost::system::errc::interrupted;
      upstreams.merge(upstreams_among(rows, inodes));
    }
    if (upstreams.empty()) return;
    std::set<std::uint16_t> ports;
    for (const Endpoint& upstream : upstreams) ports.insert(upstream.port);
    UpstreamTally tally(upstreams);
    const std::vector<std::uint16_t> list(ports.begin(), ports.end());
    dump_sockets(every_state, list, [&](const SocketRow& row) { tally.add(row); });
    result = tally.result();
  });
  if (!entered || (failed && result.empty())) return {};
  return result;
}

std::optional<Limits> limits_around(int process) {
  std::optional<Limits> limits;
  in_network_of(process, [&] { limits = read_limits(); });
  return limits;
}

}  // namespace tws
