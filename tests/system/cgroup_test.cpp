// Quotas of made-up groups.
#include "tws/system/cgroup.hpp"

#include <gtest/gtest.h>

namespace tws {
namespace {

CpuQuota quota(std::uint64_t periods, std::uint64_t throttled, double seconds) {
  return {0.2, "/sys/fs/cgroup/a/cpu.max", periods, throttled, seconds};
}

TEST(QuotaBetween, IsADifference) {
  EXPECT_EQ(quota_between(quota(100, 20, 3), quota(162, 81, 8.5)), quota(62, 61, 5.5));
}

TEST(QuotaBetween, IsNothingOfDifferentGroups) {
  auto other = quota(200, 100, 9);
  other.setting = "/sys/fs/cgroup/b/cpu.max";
  EXPECT_EQ(quota_between(quota(100, 20, 3), other), std::nullopt);
  EXPECT_EQ(quota_between(quota(100, 20, 3), quota(5, 0, 0)), std::nullopt);
  EXPECT_EQ(quota_between({}, other), std::nullopt);
  EXPECT_EQ(quota_between(other, {}), std::nullopt);
}

}  // namespace
}  // namespace tws
