#include "tws/model/budget.hpp"

#include <algorithm>
#include <cmath>

namespace tws {
namespace {

bool has_ceiling(const Demand& demand) {
  return demand.hold_seconds > 0;
}

double sustained(const Demand& demand, std::uint64_t tuples) {
  return static_cast<double>(tuples) / (demand.life_seconds + demand.hold_seconds);
}

std::optional<std::uint64_t> needed(const Demand& demand, double rate, std::uint64_t others) {
  if (!has_ceiling(demand) || demand.ports == 0 || others == 0) return {};
  const double each = sustained(demand, demand.ports * others);
  return static_cast<std::uint64_t>(std::max(std::ceil(rate / each - 1e-9), 1.0));
}

}  // namespace

Budget budget(const Demand& demand) {
  Budget result;
  result.tuples = demand.ports * demand.sources * demand.targets;
  result.hold_seconds = demand.hold_seconds;
  if (!has_ceiling(demand)) return result;
  const auto free = result.tuples - std::min(demand.held, result.tuples);
  result.burst = free;
  result.sustained_per_second = sustained(demand, result.tuples);
  if (demand.rate && *demand.rate > *result.sustained_per_second)
    // Until the first tuple comes back all that were free are used up; after that, more is asked
    // for than comes back.
    result.exhausted_at_seconds = static_cast<double>(free) / *demand.rate;
  if (demand.kernel_search) result.search_slow_from = demand.ports / 2;
  return result;
}

std::uint64_t most_connections_in(const Demand& demand, double seconds) {
  const auto all = budget(demand);
  if (!all.burst) return UINT64_MAX;
  // The burst, and all tuples again each time that they have come back.
  const double cycle = demand.life_seconds + demand.hold_seconds;
  const auto rounds = static_cast<std::uint64_t>(std::floor(seconds / cycle));
  return *all.burst + rounds * all.tuples;
}

std::optional<std::uint64_t> sources_needed(const Demand& demand, double rate) {
  if (!demand.sources_multiply) return {};
  return needed(demand, rate, demand.targets);
}

std::optional<std::uint64_t> targets_needed(const Demand& demand, double rate) {
  if (!demand.targets_multiply) return {};
  return needed(demand, rate, demand.sources);
}

double search_rate(std::uint64_t ports, double seconds_per_candidate) {
  return 1 / (static_cast<double>(ports) / 2 * seconds_per_candidate);
}

Demand demand_of(const Plan& plan, const Limits& limits, bool reuse_applies,
                 std::uint64_t sources) {
  Demand demand;
  demand.ports = limits.usable_ports.value_or(limits.ports ? limits.ports->size() : 0);
  if (plan.port_range) {
    demand.ports = std::min<std::uint64_t>(demand.ports, plan.port_range->size());
    demand.kernel_search = false;
  }
  demand.sources = std::max<std::uint64_t>(sources, 1);
  demand.targets = std::max<std::uint64_t>(plan.urls.size(), 1);
  if (plan.duration) demand.duration_seconds = std::chrono::duration<double>(*plan.duration).count();
  const bool client_closes = plan.close_by == CloseBy::client;
  const bool closes = plan.requests_per_connection.has_value();
  demand.hold_seconds = 0;
  if (client_closes && closes)
    demand.hold_seconds = reuse_applies ? limits.reuse_delay_seconds.value_or(1)
                                        : limits.time_wait_seconds.value_or(60);
  return demand;
}

std::optional<boost::asio::ip::address> address_in(const std::string& endpoint) {
  auto host = endpoint.substr(0, endpoint.rfind(':'));
  if (host.size() > 1 && host.front() == '[') host = host.substr(1, host.size() - 2);
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(host, error);
  if (error) return {};
  return address;
}

bool reuse_applies(const Run& run) {
  return run.environment.os == "Linux" && !run.targets.empty() &&
         std::all_of(run.targets.begin(), run.targets.end(), [&](const TargetUsed& target) {
           const auto address = address_in(target.address);
           return address && reuse_applies(run.limits, *address);
         });
}

Demand demand_of(const Run& run) {
  auto demand = demand_of(run.plan, run.limits, reuse_applies(run), run.source_addresses);
  if (run.sockets_before) demand.held = run.sockets_before->client_ports;
  return demand;
}

}  // namespace tws
