// Unchecked at run time: written from xnu's headers, never compiled on macOS.
#include "system/process.hpp"

#include "system/serving.hpp"
#include "tws/system/cgroup.hpp"

#include <mach/mach.h>
#include <sys/sysctl.h>

#include <array>
#include <thread>

namespace tws {

// libproc could provide this (PROC_PIDFDSOCKETINFO, PROC_PIDTASKINFO); unknown until somebody has
// tested it on macOS.
std::vector<int> listening_processes(const boost::asio::ip::tcp::endpoint&) {
  return {};
}

Serving serving(const boost::asio::ip::tcp::endpoint&) {
  return {};
}

std::vector<int> with_descendants(std::vector<int> processes) {
  return processes;
}

std::vector<int> processes_with_connections(std::span<const std::uint16_t>,
                                            const std::vector<int>&) {
  return {};
}

std::optional<unsigned> usable_cpus(const std::vector<int>&) {
  return {};
}

std::optional<CpuQuota> read_cpu_quota(int) {
  return {};
}

std::optional<ProcessUse> read_process(int) {
  return {};
}

std::optional<double> machine_cpu_seconds() {
  return {};
}

std::string boot_id() {
  std::array<char, 64> id{};
  std::size_t size = id.size() - 1;
  return ::sysctlbyname("kern.bootsessionuuid", id.data(), &size, nullptr, 0) == 0 ? id.data() : "";
}

std::string network_id() {
  return {};
}

unsigned machine_cpus() {
  return std::thread::hardware_concurrency();
}

unsigned usable_cpus() {
  return std::thread::hardware_concurrency();
}

double thread_cpu_seconds() {
  const mach_port_t thread = mach_thread_self();
  thread_basic_info info{};
  mach_msg_type_number_t size = THREAD_BASIC_INFO_COUNT;
  thread_info(thread, THREAD_BASIC_INFO, reinterpret_cast<thread_info_t>(&info), &size);
  mach_port_deallocate(mach_task_self(), thread);  // mach_thread_self() took a reference
  const auto seconds = [](time_value_t time) {
    return static_cast<double>(time.seconds) + static_cast<double>(time.microseconds) / 1e6;
  };
  return seconds(info.user_time) + seconds(info.system_time);
}

std::optional<double> thread_waited_seconds() {
  return {};
}

double seconds_since_boot() {
  return 0;
}

bool use_own_descriptors() {
  return false;
}

bool use_only_descriptors(const std::vector<int>&) {
  return false;
}

}  // namespace tws
