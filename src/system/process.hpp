// The processes that listen on a target's port, and the CPU that they and we use.
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tws {

// The processes of this machine that a connection to this target would reach, in ascending order;
// a master and its workers share a listener and are all named. A listener on the target's address
// is preferred to one on the wildcard address, as the kernel does it. Only listeners of this
// network namespace are seen, and only processes whose open files we may read: none for another
// user's, for a target on another machine, and on systems other than Linux. Takes milliseconds,
// more with many processes.
std::vector<int> listening_processes(const boost::asio::ip::tcp::endpoint& target);

// Since the process was started; to be read before and after a run.
struct ProcessUse {
  std::string name;                              // cut to 15 bytes
  std::uint64_t started = 0;                     // tells it from a later one of the same number
  double cpu_seconds = 0;                        // user and system, also of threads that ended
  std::map<int, double> thread_seconds;          // the same for each thread there is, by its id
  std::optional<std::uint64_t> open_files;       // unknown: it is another user's
  std::optional<std::uint64_t> open_file_limit;  // the soft one
  bool operator==(const ProcessUse&) const = default;
};

// Nothing if there is no such process, or where the system does not tell (anything but Linux). CPU
// times come in steps of 10 ms.
std::optional<ProcessUse> read_process(int pid);

struct ProcessLoad {
  double cores = 0;           // how many it kept busy
  double busiest_thread = 0;  // share of the time that this thread was on a CPU, 0 to 1
  bool operator==(const ProcessLoad&) const = default;
};

// What it used in `seconds` between the two. Nothing if it was another process or no time. A thread
// that ended before `after` counts in `cores` only.
std::optional<ProcessLoad> process_load(const ProcessUse& before, const ProcessUse& after,
                                        double seconds);

// CPU time that the whole machine has used since it started, what its host took away included;
// nothing where the system does not tell. In steps of 10 ms.
std::optional<double> machine_cpu_seconds();

// Cores of the machine.
unsigned machine_cpus();

// The same for all programs of this machine until it is started again, and for none of another;
// empty where the system has none.
std::string boot_id();

// Names the network namespace of the calling thread among those of this machine; empty where there
// are none.
std::string network_id();

// Cores that this process may run on: fewer than the machine has under taskset or a cpuset.
unsigned usable_cpus();

// User and system time of the calling thread.
double thread_cpu_seconds();

// Gives the calling thread a copy of the process's table of descriptors: what it opens from now on
// is its own. Where a table has one user, the kernel takes a descriptor from it without an atomic
// operation, some 60 ns less for each system call (Linux; fs/file.c, fdget). The thread's sockets
// are then in /proc/PID/task/TID/fd: `ss -p` shows who has them with -T. The limit of open files
// holds for each table by itself. False, and nothing is different, on another system or where it is
// forbidden.
bool use_own_descriptors();

// The same with a copy that has these and the three standard ones only, so that what another thread
// closes is closed.
bool use_only_descriptors(const std::vector<int>& wanted);

}  // namespace tws
