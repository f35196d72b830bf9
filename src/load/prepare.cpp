#include "load/dial.hpp"
#include "load/job.hpp"
#include "load/server_watch.hpp"
#include "load/source_ports.hpp"
#include "load/tls_client.hpp"
#include "support/endpoint.hpp"
#include "support/lines.hpp"
#include "support/units.hpp"
#include "system/kernel.hpp"
#include "system/process.hpp"
#include "tws/load/engine.hpp"
#include "tws/support/errors.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <memory>
#include <utility>

namespace tws::load {
namespace {

Environment describe_environment() {
  Environment environment;
  Kernel kernel = read_kernel();
  environment.os = std::move(kernel.name);
  environment.kernel = std::move(kernel.release);
  environment.cpus = usable_cpus();
  environment.version = TWS_VERSION;
  environment.started_at = fmt::format("{:%FT%TZ}", fmt::gmtime(std::time(nullptr)));
  return environment;
}

void take_own_ports(Job& job, const Limits& limits) {
  const Plan& plan = job.plan;
  const auto range = plan.port_range ? plan.port_range : limits.ports;
  if (!range)
    throw RunError("--ports: 'rotate' needs --port-range, as this system's ports can't be read");
  if (limits.timestamps == false)
    throw RunError(
        "--ports: 'rotate' needs TCP time stamps, but net.ipv4.tcp_timestamps is 0: without them a "
        "port in TIME_WAIT can't be taken over (RFC 6191)");
  job.own_ports = rotated_ports(plan, std::max<std::size_t>(job.sources.size(), 1), *range);
  job.reserved = limits.reserved.value_or(std::vector<PortRange>{});
  const auto pairs = SourcePorts(job.own_ports, job.reserved, job.sources, 0, 1).size();
  if (pairs < 2 * std::uint64_t{plan.connections})
    throw RunError(
        fmt::format("--ports: 'rotate' has {} ports and needs two for each of the {} "
                    "connections",
                    format_count(pairs), format_count(plan.connections)));
}

// A connection from any other address holds no port of this run.
std::vector<asio::ip::address> local_addresses(const Job& job) {
  if (!job.plan.unix_socket.empty()) return {};
  if (!job.sources.empty()) return job.sources;
  std::vector<asio::ip::address> addresses;
  for (const auto& target : job.targets) {
    const auto address = local_address(target.endpoint);
    if (!address) return {};
    addresses.push_back(*address);
  }
  return addresses;
}

void check_versions(const Job& job) {
  for (const auto& target : job.targets)
    for (const auto& source : job.sources)
      if (source.is_v4() != target.endpoint.address().is_v4())
        throw UsageError(fmt::format("--source: '{}' is not of the same IP version as {}",
                                     source.to_string(), endpoint_text(target.endpoint)));
}

// It has neither ports nor TIME_WAIT.
void check_unix_socket(const Plan& plan) {
  if (plan.unix_socket.empty()) return;
  for (const auto& [option, is_given] : {std::pair{"--source", !plan.sources.empty()},
                                         std::pair{"--ports", plan.ports != PortChoice::kernel},
                                         std::pair{"--port-range", plan.port_range.has_value()},
                                         std::pair{"--wait-drain", plan.wait_drain.has_value()},
                                         std::pair{"--connect-to", !plan.connect_to.empty()},
                                         std::pair{"--proxy", !plan.proxy.empty()}})
    if (is_given)
      throw UsageError(
          fmt::format("--unix-socket: '{}' has neither an address nor a port; leave "
                      "out {}",
                      plan.unix_socket, option));
}

// Descriptors: one per connection, two per thread for its loop, and some more.
void check_open_files(const Plan& plan, const Limits& limits) {
  const auto needed = std::uint64_t{plan.connections} + 2 * plan.threads + 16;
  if (limits.open_files && *limits.open_files < needed)
    throw RunError(
        fmt::format("--connections: '{}' needs more open files than the {} that this "
                    "process may have (ulimit -n)",
                    plan.connections, *limits.open_files));
}

TargetUsed used(const Target& target) {
  TargetUsed used{target.url, endpoint_text(target.endpoint), {}};
  used.addresses = target.addresses;
  used.address_taken = target.address_taken;
  for (const auto& endpoint : target.refused) used.refused.push_back(endpoint_text(endpoint));
  return used;
}

}  // namespace

Prepared prepare(const Plan& plan) {
  Run run;
  Job job;
  run.plan = job.plan = plan;
  check_unix_socket(plan);
  run.limits = read_limits();
  run.environment = describe_environment();
  job.tls = tls_context(plan);
  // The bytes outlive the job's copies, which share them.
  job.body_lines = lines_of(job.plan.body_lines.bytes());
  job.targets = resolve_targets(plan, run.lookup_seconds);
  for (const auto& target : job.targets) {
    run.targets.push_back(used(target));
    if (!plan.unix_socket.empty()) run.targets.back().address = "unix:" + plan.unix_socket;
  }
  for (const auto& text : plan.sources) {
    const auto addresses = parse_sources(text);
    job.sources.insert(job.sources.end(), addresses.begin(), addresses.end());
  }
  check_sources(job.sources);
  run.source_addresses = std::max<std::size_t>(job.sources.size(), 1);
  job.local_addresses = local_addresses(job);
  if (plan.ports == PortChoice::rotate)
    take_own_ports(job, run.limits);
  else if (plan.port_range)
    check_port_range(*plan.port_range);
  check_versions(job);
  check_open_files(plan, run.limits);
  if (!parse_statuses(plan.ok))
    throw UsageError(fmt::format("--ok: '{}' are no statuses", plan.ok));
  if (plan.server_admin) check_server_admin(*plan.server_admin);
  return {std::make_shared<const Job>(std::move(job)), std::move(run)};
}

}  // namespace tws::load
