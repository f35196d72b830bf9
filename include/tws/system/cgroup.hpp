// How much CPU a process may have: the quota of its control groups, and how often it bit.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace tws {

struct CpuQuota {
  double cores = 0;                     // the smallest quota from the process's group up
  std::string setting;                  // the file that sets it
  std::uint64_t periods = 0;            // in which the group had something to run
  std::uint64_t throttled_periods = 0;  // in which it used up its quota
  double throttled_seconds = 0;         // of all CPUs together
  bool operator==(const CpuQuota&) const = default;
};

// Since the group was made; to be read before and after a run. Nothing without a quota, where it
// can't be read, and on systems other than Linux.
std::optional<CpuQuota> read_cpu_quota(int pid);

// What happened between the two. Nothing if there was no quota before or after, or another one.
std::optional<CpuQuota> quota_between(const std::optional<CpuQuota>& before,
                                      const std::optional<CpuQuota>& after);

}  // namespace tws
