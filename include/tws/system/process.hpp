// The processes that listen on a target's port, and the CPU time of these and of this process.
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tws {

// Pids of the processes on this machine that would accept a connection to this target, in ascending
// order. A master and its workers share a listener, so all are included. As in the kernel, a
// listener on the target's address takes precedence over one on the wildcard address. Only
// listeners in this network namespace are visible, and only processes whose open files this process
// may read: none of another user, none for a target on another machine, and none on systems other
// than Linux. Takes milliseconds, more with many processes.
std::vector<int> listening_processes(const boost::asio::ip::tcp::endpoint& target);

// Totals since the start of the process; to be read before and after a run.
struct ProcessUse {
  std::string name;                              // cut to 15 bytes
  std::uint64_t started = 0;                     // distinguishes processes with the same pid
  double cpu_seconds = 0;                        // user and system, also of threads that ended
  std::map<int, double> thread_seconds;          // the same for each existing thread, by its id
  std::optional<std::uint64_t> open_files;       // unknown for another user's process
  std::optional<std::uint64_t> open_file_limit;  // the soft limit
  bool operator==(const ProcessUse&) const = default;
};

// Nothing if there is no such process, or on systems other than Linux. CPU times have a resolution
// of 10 ms.
std::optional<ProcessUse> read_process(int pid);

struct ProcessLoad {
  double cores = 0;           // number of cores that it kept busy
  double busiest_thread = 0;  // share of the time that this thread was on a CPU, 0 to 1
  bool operator==(const ProcessLoad&) const = default;
};

// The use in the `seconds` between `before` and `after`. Nothing for different processes or no
// time. A thread that ended before `after` counts in `cores` only.
std::optional<ProcessLoad> process_load(const ProcessUse& before, const ProcessUse& after,
                                        double seconds);

// CPU time of the whole machine since boot, with the time that the hypervisor took (steal); nothing
// if unknown. Resolution 10 ms.
std::optional<double> machine_cpu_seconds();

// Cores of the machine.
unsigned machine_cpus();

// The boot id: the same for all programs on this machine until it reboots, different on other
// machines. Empty if the system has none.
std::string boot_id();

// The id of the calling thread's network namespace on this machine; empty if the system has no
// namespaces.
std::string network_id();

// Cores that this process may run on: fewer than the machine has under taskset or a cpuset.
unsigned usable_cpus();

// User and system time of the calling thread.
double thread_cpu_seconds();

// Gives the calling thread its own copy of the process's file descriptor table; files that it opens
// later are its own. If a table has one user, the kernel looks up a descriptor without an atomic
// operation, which saves some 60 ns per system call (Linux; fs/file.c, fdget). The thread's sockets
// are then in /proc/PID/task/TID/fd: `ss -p` needs -T to show their process. The limit of open
// files applies to each table separately. False, without any change, on other systems or if it is
// forbidden.
bool use_own_descriptors();

// The same, but the copy contains only these descriptors and the three standard ones. So if another
// thread closes a file, it really is closed.
bool use_only_descriptors(const std::vector<int>& wanted);

}  // namespace tws
