#include "system/linux/cgroup.hpp"

#include "system/linux/procfs.hpp"

#include <algorithm>
#include <charconv>

namespace tws {
namespace {

std::string_view take_until(std::string_view& text, char end) {
  const auto at = std::min(text.find(end), text.size());
  const auto part = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return part;
}

std::optional<std::int64_t> to_integer(std::string_view word) {
  while (!word.empty() && word.back() == '\n') word.remove_suffix(1);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || end != word.data() + word.size()) return {};
  return value;
}

bool has_word(std::string_view list, std::string_view wanted) {
  while (!list.empty())
    if (take_until(list, ',') == wanted) return true;
  return false;
}

// "4:cpu,cpuacct:/path" of version 1, "0::/path" of version 2.
std::optional<std::string_view> path_of(std::string_view cgroup, bool unified) {
  while (!cgroup.empty()) {
    auto line = take_until(cgroup, '\n');
    const auto number = take_until(line, ':');
    const auto controllers = take_until(line, ':');
    if (unified ? number == "0" && controllers.empty() : has_word(controllers, "cpu")) return line;
  }
  return {};
}

struct Mount {
  std::string_view root;  // the group that is seen at the top
  std::string_view at;
};

// proc(5): ID parent major:minor root mount-point options [fields] - type source super-options
std::optional<Mount> mount_of(std::string_view mountinfo, bool unified) {
  while (!mountinfo.empty()) {
    auto line = take_until(mountinfo, '\n');
    const auto separator = line.find(" - ");
    if (separator == line.npos) continue;
    auto rest = line.substr(separator + 3);
    const auto type = take_until(rest, ' ');
    take_until(rest, ' ');
    if (unified ? type != "cgroup2" : type != "cgroup" || !has_word(rest, "cpu")) continue;
    for (int field = 0; field < 3; ++field) take_until(line, ' ');
    Mount mount;
    mount.root = take_until(line, ' ');
    mount.at = take_until(line, ' ');
    return mount;
  }
  return {};
}

std::optional<CpuGroup> group_in(std::string_view cgroup, std::string_view mountinfo,
                                 bool unified) {
  const auto path = path_of(cgroup, unified);
  const auto mount = mount_of(mountinfo, unified);
  if (!path || !mount) return {};
  // A container without a namespace of groups sees its own group mounted as the top.
  auto below = *path;
  if (mount->root != "/") {
    if (!below.starts_with(mount->root)) return {};
    below.remove_prefix(mount->root.size());
    if (!below.empty() && below.front() != '/') return {};
  }
  if (below == "/") below = {};
  if (below.starts_with("/..")) return {};  // outside of this namespace of groups
  return CpuGroup{unified, std::string(mount->at), std::string(below)};
}

// Of one group, not of those above it.
std::optional<CpuQuota> quota_of(const std::string& directory, bool unified) {
  const auto text = read_text(directory + (unified ? "/cpu.max" : "/cpu.cfs_quota_us"));
  if (!text) return {};
  std::optional<double> cores;
  if (unified) {
    cores = parse_cpu_max(*text);
  } else if (const auto period = read_text(directory + "/cpu.cfs_period_us")) {
    cores = parse_cfs_quota(*text, *period);
  }
  if (!cores) return {};
  CpuQuota quota;
  quota.cores = *cores;
  quota.setting = directory + (unified ? "/cpu.max" : "/cpu.cfs_quota_us");
  const auto stat = read_text(directory + "/cpu.stat");
  return stat && parse_cpu_stat(*stat, quota) ? std::optional(quota) : std::nullopt;
}

}  // namespace

std::optional<CpuGroup> cpu_group(std::string_view cgroup, std::string_view mountinfo) {
  const auto old = group_in(cgroup, mountinfo, false);
  return old || path_of(cgroup, false) ? old : group_in(cgroup, mountinfo, true);
}

std::optional<double> parse_cpu_max(std::string_view text) {
  const auto quota = to_integer(take_until(text, ' '));
  const auto period = to_integer(text);
  if (!quota || !period || *quota <= 0 || *period <= 0) return {};
  return static_cast<double>(*quota) / static_cast<double>(*period);
}

std::optional<double> parse_cfs_quota(std::string_view quota, std::string_view period) {
  const auto of = to_integer(quota), in = to_integer(period);
  if (!of || !in || *of <= 0 || *in <= 0) return {};
  return static_cast<double>(*of) / static_cast<double>(*in);
}

bool parse_cpu_stat(std::string_view text, CpuQuota& quota) {
  int found = 0;
  while (!text.empty()) {
    auto line = take_until(text, '\n');
    const auto name = take_until(line, ' ');
    const auto value = to_integer(line);
    if (!value || *value < 0) continue;
    const auto count = static_cast<std::uint64_t>(*value);
    if (name == "nr_periods") ++found, quota.periods = count;
    if (name == "nr_throttled") ++found, quota.throttled_periods = count;
    if (name == "throttled_time") quota.throttled_seconds = static_cast<double>(count) / 1e9;
    if (name == "throttled_usec") quota.throttled_seconds = static_cast<double>(count) / 1e6;
  }
  return found == 2;
}

std::optional<CpuQuota> read_cpu_quota(int pid) {
  const auto cgroup = read_text("/proc/" + std::to_string(pid) + "/cgroup");
  const auto mountinfo = read_text("/proc/self/mountinfo");
  if (!cgroup || !mountinfo) return {};
  auto group = cpu_group(*cgroup, *mountinfo);
  if (!group) return {};
  std::optional<CpuQuota> smallest;
  for (;;) {
    const auto quota = quota_of(group->mount + group->path, group->unified);
    if (quota && (!smallest || quota->cores < smallest->cores)) smallest = quota;
    if (group->path.empty()) return smallest;
    group->path.erase(group->path.rfind('/'));
  }
}

}  // namespace tws
