// The CPU that processes use.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tws {

// Since the process was started; to be read before and after a run.
struct ProcessUse {
  std::string name;                                // cut to 15 bytes
  std::uint64_t started = 0;                       // tells it from a later one of the same number
  double cpu_seconds = 0;                          // user and system, also of threads that ended
  std::map<int, double> thread_seconds{};          // the same for each thread there is, by its id
  std::optional<std::uint64_t> open_files{};       // unknown: it is another user's
  std::optional<std::uint64_t> open_file_limit{};  // the soft one
  int parent = 0;                                  // its process id
  double ended_children_seconds = 0;               // CPU time of those that it has waited for
  // That its threads were ready to run and had no CPU. Nothing where the kernel does not count it.
  std::optional<double> waited_seconds{};
  bool operator==(const ProcessUse&) const = default;
};

// Nothing if there is no such process, or on systems other than Linux. CPU times have a resolution
// of 10 ms.
std::optional<ProcessUse> read_process(int pid);

// Now, in the unit of ProcessUse::started.
std::uint64_t ticks_since_boot();

struct ProcessLoad {
  double cores = 0;                 // how many it kept busy
  double busiest_thread = 0;        // share of the time that this thread was on a CPU, 0 to 1
  std::optional<double> waiting{};  // threads that were ready and had no CPU, on average
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
// That it was ready to run and had no CPU; nothing where the kernel does not count it.
std::optional<double> thread_waited_seconds();

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
