// Control groups as /proc and their file systems show them, version 1 and 2 (cgroups(7)); pure.
#pragma once

#include "tws/system/cgroup.hpp"

#include <string>
#include <string_view>

namespace tws {

// A process's group in the hierarchy that limits CPU.
struct CpuGroup {
  bool unified = false;  // version 2
  std::string mount;     // where the hierarchy is mounted; no group above it is seen
  std::string path;      // below that, "/a/b"; empty for the top
  bool operator==(const CpuGroup&) const = default;
};

// From the texts of /proc/PID/cgroup and /proc/self/mountinfo. Version 1 comes first: where both
// are mounted, its controller "cpu" is not in the other one. Nothing if it is not mounted, or the
// group is not below what is mounted.
std::optional<CpuGroup> cpu_group(std::string_view cgroup, std::string_view mountinfo);

// "20000 100000", the text of cpu.max, is 0.2; nothing for "max".
std::optional<double> parse_cpu_max(std::string_view text);
// The texts of cpu.cfs_quota_us and cpu.cfs_period_us; nothing for a quota of -1.
std::optional<double> parse_cfs_quota(std::string_view quota, std::string_view period);
// Adds what cpu.stat says, of either version. False if it does not count periods.
bool parse_cpu_stat(std::string_view text, CpuQuota& quota);

}  // namespace tws
