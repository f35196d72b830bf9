#include "system/process.hpp"

#include "system/linux/proc_directory.hpp"
#include "system/linux/procfs.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sched.h>
#include <unistd.h>

namespace tws {
namespace {

// sched-stats.rst: nanoseconds on a CPU, nanoseconds ready without one, how often it was given one.
std::optional<double> waited_in(const std::string& directory) {
  std::ifstream file(directory + "/schedstat");
  double on_cpu = 0, waited = 0;
  return file >> on_cpu >> waited ? std::optional(waited / 1e9) : std::nullopt;
}

double seconds_of(timeval time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

std::optional<ProcessUse> read_process(int pid) {
  const std::string directory = "/proc/" + std::to_string(pid);
  const auto stat = read_stat(directory);
  if (!stat) return {};
  const auto ticks_per_second = static_cast<double>(sysconf(_SC_CLK_TCK));
  ProcessUse use;
  use.name = stat->name;
  use.started = stat->started;
  use.parent = stat->parent;
  use.cpu_seconds = static_cast<double>(stat->cpu) / ticks_per_second;
  use.ended_children_seconds = static_cast<double>(stat->ended_children_cpu) / ticks_per_second;
  for_each_number(directory + "/task", [&](int thread) {
    const std::string task = directory + "/task/" + std::to_string(thread);
    const auto own = read_stat(task);
    if (!own) return;
    use.thread_seconds[thread] = static_cast<double>(own->cpu) / ticks_per_second;
    if (const auto waited = waited_in(task))
      use.waited_seconds = use.waited_seconds.value_or(0) + *waited;
  });
  std::uint64_t files = 0;
  if (for_each_number(directory + "/fd", [&](int) { ++files; })) use.open_files = files;
  if (const auto text = read_text(directory + "/limits"))
    use.open_file_limit = parse_open_file_limit(*text);
  return use;
}

std::uint64_t ticks_since_boot() {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);  // proc(5) on field 22: it counts a suspended machine's time
  const auto per_second = static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK));
  return static_cast<std::uint64_t>(now.tv_sec) * per_second +
         static_cast<std::uint64_t>(now.tv_nsec) * per_second / 1'000'000'000;
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
  return std::filesystem::read_symlink("/proc/thread-self/ns/net", ec).native();
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

std::optional<double> thread_waited_seconds() {
  return waited_in("/proc/thread-self");
}

bool use_own_descriptors() {
#ifdef TWS_THREAD_SANITIZER
  // It assumes one table, and would report false races between equal numbers of two tables.
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
  for (const int fd : others) close(fd);  // one was the directory's, which is already closed
  return true;
}

}  // namespace tws
