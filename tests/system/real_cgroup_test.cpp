// Control groups: the texts of /proc, and a real quota where one can be set.
#include "system/linux/cgroup.hpp"

#include <gmock/gmock.h>
#include <sys/wait.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>
#include <unistd.h>

namespace tws {
namespace {

using testing::DoubleEq;
using testing::Optional;

const std::string version_1 =
    "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755\n"
    "32 31 0:29 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"
    "33 31 0:30 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct\n"
    "34 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";
const std::string version_2 = "30 23 0:27 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw\n";

TEST(CpuGroup, OfEitherVersion) {
  EXPECT_EQ(cpu_group("9:cpuset:/x\n4:cpu,cpuacct:/a/b\n0::/c\n", version_1),
            (CpuGroup{false, "/sys/fs/cgroup/cpu,cpuacct", "/a/b"}));
  EXPECT_EQ(cpu_group("0::/user.slice/a\n", version_2),
            (CpuGroup{true, "/sys/fs/cgroup", "/user.slice/a"}));
  EXPECT_EQ(cpu_group("0::/\n", version_2), (CpuGroup{true, "/sys/fs/cgroup", ""}));
}

// Where a controller is in version 1, version 2 has none of its files.
TEST(CpuGroup, IsNotTheOtherVersions) {
  EXPECT_EQ(cpu_group("4:cpu:/a\n0::/c\n", version_2), std::nullopt);
  EXPECT_EQ(cpu_group("9:cpuset:/a\n", version_1), std::nullopt);
  EXPECT_EQ(cpu_group("", version_1 + version_2), std::nullopt);
  EXPECT_EQ(cpu_group("0::/a\n", ""), std::nullopt);
}

// In a container that has no namespace of groups the mount begins at its own group.
TEST(CpuGroup, BelowAMountThatIsNotTheTop) {
  const std::string mount = "33 31 0:30 /docker/ab /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu\n";
  EXPECT_EQ(cpu_group("4:cpu:/docker/ab\n", mount), (CpuGroup{false, "/sys/fs/cgroup/cpu", ""}));
  EXPECT_EQ(cpu_group("4:cpu:/docker/ab/c\n", mount),
            (CpuGroup{false, "/sys/fs/cgroup/cpu", "/c"}));
  EXPECT_EQ(cpu_group("4:cpu:/docker/abc\n", mount), std::nullopt);
  EXPECT_EQ(cpu_group("0::/../other\n", version_2), std::nullopt);
}

TEST(CpuQuota, IsReadFromItsFiles) {
  EXPECT_THAT(parse_cpu_max("20000 100000\n"), Optional(DoubleEq(0.2)));
  EXPECT_EQ(parse_cpu_max("max 100000\n"), std::nullopt);
  EXPECT_EQ(parse_cpu_max(""), std::nullopt);
  EXPECT_THAT(parse_cfs_quota("150000\n", "100000\n"), Optional(DoubleEq(1.5)));
  EXPECT_EQ(parse_cfs_quota("-1\n", "100000\n"), std::nullopt);
  EXPECT_EQ(parse_cfs_quota("20000\n", "0\n"), std::nullopt);
  CpuQuota quota;
  EXPECT_TRUE(parse_cpu_stat("nr_periods 62\nnr_throttled 61\nthrottled_time 5500000000\n", quota));
  EXPECT_EQ(quota, (CpuQuota{0, "", 62, 61, 5.5}));
  quota = {};
  EXPECT_TRUE(parse_cpu_stat(
      "usage_usec 9\nnr_periods 20\nnr_throttled 3\nthrottled_usec 250000\nnr_bursts 0\n", quota));
  EXPECT_EQ(quota, (CpuQuota{0, "", 20, 3, 0.25}));
  EXPECT_FALSE(parse_cpu_stat("usage_usec 9\n", quota));
}

// A group of the test's own, and a process in it that wants a whole core.
class BusyGroup {
 public:
  BusyGroup(const std::string& parent, bool unified) : directory_(parent + "/tws_test") {
    directory_ += std::to_string(getpid());
    std::error_code ec;
    // Beside the hierarchies of version 1 there may be an ordinary file system.
    if (unified && !std::filesystem::exists(parent + "/cgroup.controllers")) return;
    if (!std::filesystem::create_directory(directory_, ec) ||
        !std::filesystem::create_directory(directory_ + "/below", ec))
      return;
    const bool set =
        unified ? write("/cpu.max", "20000 100000")
                : write("/cpu.cfs_period_us", "100000") && write("/cpu.cfs_quota_us", "20000");
    if (!set) return;
    pid_ = fork();
    // A loop without any side effect may be taken out (C++20, [intro.progress]).
    for (volatile bool busy = true; pid_ == 0 && busy;) {
    }
    usable_ = write("/below/cgroup.procs", std::to_string(pid_));
  }
  BusyGroup(const BusyGroup&) = delete;
  BusyGroup& operator=(const BusyGroup&) = delete;
  ~BusyGroup() {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    rmdir((directory_ + "/below").c_str());
    rmdir(directory_.c_str());
  }

  bool usable() const { return usable_; }
  int pid() const { return pid_; }
  const std::string& directory() const { return directory_; }

 private:
  bool write(const std::string& file, const std::string& text) const {
    std::ofstream to(directory_ + file);
    return (to << text << std::flush).good();
  }
  std::string directory_;
  pid_t pid_ = 0;
  bool usable_ = false;
};

void expect_throttled(const BusyGroup& group, const std::string& file) {
  const auto before = read_cpu_quota(group.pid());
  ASSERT_TRUE(before);
  EXPECT_DOUBLE_EQ(before->cores, 0.2);
  EXPECT_EQ(before->setting, group.directory() + file);  // that of the group above its own
  auto between = quota_between(before, before);
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (between->throttled_periods < 3 && std::chrono::steady_clock::now() < patience) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    between = quota_between(before, read_cpu_quota(group.pid()));
    ASSERT_TRUE(between);
  }
  EXPECT_GE(between->throttled_periods, 3u);
  EXPECT_GE(between->periods, between->throttled_periods);
  EXPECT_GT(between->throttled_seconds, 0);
}

TEST(RealCpuQuota, OfVersion1) {
  const BusyGroup group("/sys/fs/cgroup/cpu", false);
  if (!group.usable()) GTEST_SKIP() << "no group of version 1 can be made here";
  expect_throttled(group, "/cpu.cfs_quota_us");
}

TEST(RealCpuQuota, OfVersion2) {
  const BusyGroup group("/sys/fs/cgroup", true);
  if (!group.usable()) GTEST_SKIP() << "no group of version 2 that limits CPU can be made here";
  expect_throttled(group, "/cpu.max");
}

TEST(RealCpuQuota, OfNoProcessIsNothing) {
  EXPECT_EQ(read_cpu_quota(-1), std::nullopt);
}

}  // namespace
}  // namespace tws
