#include "tws/system/cgroup.hpp"

namespace tws {

std::optional<CpuQuota> quota_between(const std::optional<CpuQuota>& before,
                                      const std::optional<CpuQuota>& after) {
  // A process that was moved has other counters, and so has a group that was made anew.
  if (!before || !after || before->setting != after->setting || after->periods < before->periods ||
      after->throttled_periods < before->throttled_periods)
    return {};
  CpuQuota between = *after;
  between.periods -= before->periods;
  between.throttled_periods -= before->throttled_periods;
  between.throttled_seconds -= before->throttled_seconds;
  return between;
}

}  // namespace tws
