#include "system/process.hpp"

#include "support/units.hpp"
#include "system/linux/netlink.hpp"
#include "system/linux/procfs.hpp"
#include "system/linux/sock_diag.hpp"

#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sched.h>
#include <set>
#include <unistd.h>

namespace tws {
namespace {

namespace fs = std::filesystem;
using boost::asio::ip::address;

// Calls `on_number` with every name in a directory that is a number: a process, a thread, a file.
// False if it can't be read to its end.
template <typename OnNumber>
bool for_each_number(const std::string& directory, OnNumber on_number) {
  std::error_code ec;
  for (fs::directory_iterator entry(directory, ec), end; !ec && entry != end; entry.increment(ec)) {
    constexpr std::uint64_t highest = std::numeric_limits<int>::max();
    if (const auto number = parse_number(entry->path().filename().native(), highest))
      on_number(static_cast<int>(*number));
  }
  return !ec;
}

// connect() takes 0.0.0.0 for 127.0.0.1, :: for ::1, and ::ffff:a.b.c.d for a.b.c.d.
address reached_address(const address& target) {
  using namespace boost::asio::ip;
  if (target == address_v4::any()) return address_v4::loopback();
  if (target == address_v6::any()) return address_v6::loopback();
  if (target.is_v6() && target.to_v6().is_v4_mapped())
    return reached_address(make_address_v4(v4_mapped, target.to_v6()));
  return target;
}

// Only an address of this machine can be bound. 127.0.0.2 is one, though no interface lists it.
bool is_of_this_machine(boost::asio::ip::tcp::endpoint endpoint) {
  endpoint.port(0);
  const int fd = socket(endpoint.protocol().family(), SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const bool bound = bind(fd, endpoint.data(), static_cast<socklen_t>(endpoint.size())) == 0;
  close(fd);
  return bound;
}

// "socket:[1234]", as the links in /proc/PID/fd name them (net/socket.c, sockfs_dname).
std::set<std::string> listeners(const boost::asio::ip::tcp::endpoint& target) {
  const std::uint16_t port = target.port();
  const AddressBytes wanted = bytes_of(target.address());
  std::set<std::string> exact, wildcard;
  dump_sockets(listen_state, std::span(&port, 1), [&](const SocketRow& row) {
    if (row.state != TcpState::Listen || row.local.port != port) return;
    std::string link = "socket:[" + std::to_string(row.inode) + "]";
    if (row.local.address == wanted) {
      exact.insert(std::move(link));
    } else if (is_wildcard(row.local.address) &&
               // :: takes IPv4 too, unless IPV6_V6ONLY is set, which is not told; 0.0.0.0 no IPv6.
               (target.address().is_v4() || row.local.address == AddressBytes{})) {
      wildcard.insert(std::move(link));
    }
  });
  return exact.empty() ? wildcard : exact;
}

bool has_one_of(int pid, const std::set<std::string>& links) {
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

std::optional<ProcStat> read_stat(const std::string& directory) {
  const auto text = read_text(directory + "/stat");
  return text ? parse_stat(*text) : std::nullopt;
}

double seconds_of(timeval time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

std::vector<int> listening_processes(const boost::asio::ip::tcp::endpoint& target) {
  const boost::asio::ip::tcp::endpoint reached(reached_address(target.address()), target.port());
  std::vector<int> pids;
  if (!is_of_this_machine(reached)) return pids;
  const auto links = listeners(reached);
  if (links.empty()) return pids;
  for_each_number("/proc", [&](int pid) {
    if (has_one_of(pid, links)) pids.push_back(pid);
  });
  std::ranges::sort(pids);
  return pids;
}

std::optional<ProcessUse> read_process(int pid) {
  const std::string directory = "/proc/" + std::to_string(pid);
  const auto stat = read_stat(directory);
  if (!stat) return {};
  const auto ticks_per_second = static_cast<double>(sysconf(_SC_CLK_TCK));
  ProcessUse use;
  use.name = stat->name;
  use.started = stat->started;
  use.cpu_seconds = static_cast<double>(stat->cpu) / ticks_per_second;
  for_each_number(directory + "/task", [&](int thread) {
    if (const auto own = read_stat(directory + "/task/" + std::to_string(thread)))
      use.thread_seconds[thread] = static_cast<double>(own->cpu) / ticks_per_second;
  });
  std::uint64_t files = 0;
  if (for_each_number(directory + "/fd", [&](int) { ++files; })) use.open_files = files;
  if (const auto text = read_text(directory + "/limits"))
    use.open_file_limit = parse_open_file_limit(*text);
  return use;
}

std::optional<double> machine_cpu_seconds() {
  // proc(5): cpu user nice system idle iowait irq softirq steal ..., in clock ticks.
  std::ifstream stat("/proc/stat");
  std::string cpu;
  double user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0;
  if (!(stat >> cpu >> user >> nice >> system >> idle >> iowait >> irq >> softirq >> steal))
    return {};
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  return (user + nice + system + irq + softirq + steal) / ticks;
}

std::string boot_id() {
  std::string id;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> id;  // random(4)
  return id;
}

std::string network_id() {
  std::error_code ec;
  return fs::read_symlink("/proc/thread-self/ns/net", ec).native();
}

unsigned machine_cpus() {
  return static_cast<unsigned>(std::max(sysconf(_SC_NPROCESSORS_ONLN), 1L));
}

unsigned usable_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return static_cast<unsigned>(CPU_COUNT(&set));
}

double thread_cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

bool use_own_descriptors() {
#ifdef TWS_THREAD_SANITIZER  // it knows one table only, and sees races between descriptors of one
                             // number
  return false;
#else
  return unshare(CLONE_FILES) == 0;
#endif
}

bool use_only_descriptors(const std::vector<int>& wanted) {
  if (!use_own_descriptors()) return false;
  std::vector<int> others;
  for_each_number("/proc/thread-self/fd", [&](int fd) {
    if (fd > STDERR_FILENO && std::ranges::find(wanted, fd) == wanted.end()) others.push_back(fd);
  });
  for (const int fd : others) close(fd);  // one of them read the directory, and is closed already
  return true;
}

}  // namespace tws
