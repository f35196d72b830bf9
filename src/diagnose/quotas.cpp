#include "diagnose/findings.hpp"
#include "support/units.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tws::diagnosis {
namespace {

// A few are chance: a burst at the start, or one that another program in the group makes.
bool bites(const std::optional<CpuQuota>& quota) {
  constexpr std::uint64_t fewest = 3;
  return quota && quota->throttled_periods >= fewest &&
         quota->throttled_periods * 10 >= quota->periods;
}

bool is_unified(const CpuQuota& quota) {
  return quota.setting.ends_with("cpu.max");
}

void add_evidence(const CpuQuota& quota, std::string_view whose, double used, Finding& finding) {
  finding.evidence.push_back({fmt::format("{} quota", whose), cores(quota.cores), quota.setting});
  finding.evidence.push_back(
      {"periods in which it was used up",
       fmt::format("{} of {}", format_count(quota.throttled_periods), format_count(quota.periods)),
       "cpu.stat: nr_throttled"});
  finding.evidence.push_back(
      {"stood still for it, all CPUs together", format_duration(quota.throttled_seconds),
       is_unified(quota) ? "cpu.stat: throttled_usec" : "cpu.stat: throttled_time"});
  finding.evidence.push_back({"CPU used", cores(used), "user and system time"});
}

std::string lifting(const CpuQuota& quota) {
  return fmt::format("echo {} >{} (root)", is_unified(quota) ? "max" : "-1", quota.setting);
}

constexpr std::string_view names =
    "Docker calls it --cpus, Kubernetes resources.limits.cpu, systemd CPUQuota=";

}  // namespace

bool client_quota_bites(const Facts& f) {
  return bites(f.run.cpu.quota);
}

bool server_quota_bites(const Facts& f) {
  return bites(f.run.cpu.server_quota);
}

bool quota_bites(const Facts& f) {
  return client_quota_bites(f) || server_quota_bites(f);
}

std::optional<Finding> client_quota(const Facts& f) {
  if (!client_quota_bites(f) || f.run.tally.responses() == 0) return {};
  const CpuQuota& quota = *f.run.cpu.quota;
  const bool one_group = f.run.cpu.server_quota && f.run.cpu.server_quota->setting == quota.setting;
  Finding finding;
  finding.severity = Severity::limit;
  finding.headline = fmt::format(
      "hammer's own CPU quota was the limit: it may use {}, and had to stop in {} of {} periods.",
      cores(quota.cores), format_count(quota.throttled_periods), format_count(quota.periods));
  finding.why =
      "A control group that has used up its quota stands still until the next period begins, 100 "
      "ms as a rule. hammer then sends and reads late, and measures itself.";
  if (one_group) finding.why += " The server is in the same group and stood still as well.";
  add_evidence(quota, "hammer's", f.run.cpu.busy, finding);
  finding.remedies.push_back(
      {lifting(quota), fmt::format("hammer may use all of the {} cores. {}",
                                   std::max(f.run.environment.cpus, 1u), names)});
  finding.remedies.push_back({"run hammer outside of this control group",
                              "its quota holds for what is in the group only"});
  return finding;
}

std::optional<Finding> server_quota(const Facts& f) {
  if (!server_quota_bites(f) || f.run.tally.responses() == 0) return {};
  const CpuQuota& quota = *f.run.cpu.server_quota;
  Finding finding;
  finding.severity = Severity::limit;
  finding.headline = fmt::format(
      "The server's CPU quota was the limit: it may use {}, and had to stop in {} of {} periods, "
      "at {} responses per second.",
      cores(quota.cores), format_count(quota.throttled_periods), format_count(quota.periods),
      rounded(f.response_rate));
  finding.why =
      "A control group that has used up its quota stands still until the next period begins, 100 "
      "ms as a rule. Requests wait that long, though the machine may have CPU to spare.";
  add_evidence(quota, "the server's", servers_busy(f), finding);
  add_cpu_per_response(f, finding.evidence);
  const auto effect =
      fmt::format("about {} responses per second for each core that the server gets. {}",
                  responses_per_core(f), names);
  finding.remedies.push_back({lifting(quota), effect});
  return finding;
}

}  // namespace tws::diagnosis
