#include "tws/model/budget.hpp"

#include "model/exhaustion.hpp"
#include "support/units.hpp"

#include <algorithm>
#include <cerrno>
#include <cmath>

namespace tws {
namespace {

// The time from one connection of a tuple to the next.
double cycle(const Demand& demand) {
  return demand.life_seconds + demand.hold_seconds;
}

bool has_ceiling(const Demand& demand) {
  return cycle(demand) > 0;
}

std::uint64_t sources(const Demand& demand) {
  return demand.sources_multiply ? demand.sources : 1;
}

std::uint64_t targets(const Demand& demand) {
  return demand.targets_multiply ? demand.targets : 1;
}

std::optional<std::uint64_t> needed(const Demand& demand, double rate, std::uint64_t others) {
  const std::uint64_t each = demand.ports * others;
  if (!has_ceiling(demand) || each == 0) return {};
  const std::uint64_t all = demand.held + tuples_needed(demand, rate);
  return std::max<std::uint64_t>(all / each + (all % each != 0), 1);
}

}  // namespace

Budget budget(const Demand& demand) {
  Budget result;
  result.tuples = demand.ports * sources(demand) * targets(demand);
  result.hold_seconds = demand.hold_seconds;
  if (!has_ceiling(demand)) return result;
  const auto free = result.tuples - std::min(demand.held, result.tuples);
  result.burst = free;
  result.sustained_per_second = static_cast<double>(result.tuples) / cycle(demand);
  // If a rate does not use up the free tuples before the first one is free again, it never does.
  if (demand.rate && tuples_needed(demand, *demand.rate) > free)
    result.exhausted_at_seconds = static_cast<double>(free) / *demand.rate;
  if (!demand.stages.empty())
    result.exhausted_at_seconds = exhausted_in_stages(demand, result.tuples);
  if (demand.kernel_search && demand.ports > 1) {
    result.search_slow_from = demand.ports / 2;
    result.before_search_per_second = *result.sustained_per_second / 2;
  }
  return result;
}

std::uint64_t most_connections_in(const Demand& demand, double seconds) {
  const auto all = budget(demand);
  if (!all.burst) return UINT64_MAX;
  // The burst, plus all tuples each time that they are free again.
  const double rounds = std::floor(seconds / cycle(demand));
  if (rounds * static_cast<double>(std::max<std::uint64_t>(all.tuples, 1)) > countable)
    return UINT64_MAX;
  return *all.burst + whole(rounds) * all.tuples;
}

std::uint64_t connections_with_search(const Demand& demand, double seconds, std::uint64_t wanted,
                                      std::optional<double> seconds_per_candidate,
                                      unsigned threads) {
  const auto most = most_connections_in(demand, seconds);
  if (!demand.kernel_search || wanted == 0 || demand.hold_seconds < seconds) return most;
  const auto all = budget(demand).tuples;
  const auto fast = (all - std::min(demand.held, all)) / 2;
  const double left = seconds * (1 - static_cast<double>(fast) / static_cast<double>(wanted));
  if (left <= 0) return most;
  const double rate =
      threads * search_rate(demand.ports, seconds_per_candidate.value_or(slow_look));
  return std::min(most, fast + whole(left * rate));
}

Sustained sustained_with_search(const Demand& demand, std::optional<double> seconds_per_candidate,
                                unsigned threads) {
  const auto all = budget(demand);
  const double most = all.sustained_per_second.value_or(0);
  if (!all.before_search_per_second) return {most, most};
  const auto with = [&](double look) {
    return std::min(most,
                    *all.before_search_per_second + threads * search_rate(demand.ports, look));
  };
  if (seconds_per_candidate) return {with(*seconds_per_candidate), with(*seconds_per_candidate)};
  return {with(slow_look), most};
}

std::uint64_t tuples_needed(const Demand& demand, double rate) {
  // 273.0666… connections per second for 60 s are 16,384, not one more.
  return whole(std::ceil(rate * cycle(demand) * (1 - 1e-12)));
}

std::optional<std::uint64_t> sources_needed(const Demand& demand, double rate) {
  if (!demand.sources_multiply) return {};
  return needed(demand, rate, targets(demand));
}

std::optional<std::uint64_t> targets_needed(const Demand& demand, double rate) {
  if (!demand.targets_multiply) return {};
  return needed(demand, rate, sources(demand));
}

double search_rate(std::uint64_t ports, double seconds_per_candidate) {
  return 1 / (static_cast<double>(ports) / 2 * seconds_per_candidate);
}

Demand demand_on(const SystemRules& rules, bool on_loopback) {
  Demand demand;
  demand.ports = rules.ports.size();
  demand.hold_seconds = 0;
  if (keeps_time_wait(rules, on_loopback))
    demand.hold_seconds =
        to_seconds(reuses_time_wait(rules, on_loopback) ? rules.reuse_delay : rules.time_wait);
  demand.kernel_search = rules.order == PortOrder::by_parity;
  demand.targets_multiply = rules.ports_shared;
  return demand;
}

Demand demand_on_conntrack(std::uint64_t entries) {
  Demand demand;
  demand.ports = entries;
  // net/netfilter/nf_conntrack_proto_tcp.c: tcp_timeouts[TCP_CONNTRACK_TIME_WAIT]
  demand.hold_seconds = 120;
  demand.kernel_search = demand.sources_multiply = demand.targets_multiply = false;
  return demand;
}

Demand demand_on(const Limits& limits, std::string_view os, bool on_loopback) {
  Plan plan;
  plan.requests_per_connection = 1;
  plan.close_by = CloseBy::client;
  const auto target = on_loopback ? "127.0.0.1" : "192.0.2.1";  // RFC 5737: for documentation
  const bool reuse = os == "Linux" && reuse_applies(limits, boost::asio::ip::make_address(target));
  return demand_of(plan, limits, rules_of_os(os), reuse);
}

Demand demand_of(const Plan& plan, const Limits& limits, const SystemRules& rules,
                 bool reuse_applies, std::uint64_t sources) {
  Demand demand;
  demand.kernel_search = port_order(rules, plan) == PortOrder::by_parity;
  demand.targets_multiply = rules.ports_shared;
  demand.ports = usable_ports(plan, limits).value_or(UsablePorts{}).count;
  demand.sources = std::max<std::uint64_t>(sources, 1);
  demand.targets = plan.proxy.empty() ? std::max<std::uint64_t>(plan.urls.size(), 1) : 1;
  if (plan.duration)
    demand.duration_seconds = std::chrono::duration<double>(*plan.duration).count();
  const bool client_closes = plan.close_by == CloseBy::client;
  const bool closes = plan.requests_per_connection.has_value();
  const auto each = static_cast<double>(plan.requests_per_connection.value_or(1));
  if (plan.profile.varied == Varied::rate && closes)
    for (const Stage& stage : plan.profile.stages)
      demand.stages.push_back({stage.length, stage.from / each, stage.to / each});
  if (plan.rate && closes && demand.stages.empty()) demand.rate = *plan.rate / each;
  demand.hold_seconds = 0;
  // With --ports rotate a port in TIME_WAIT can be used at once.
  if (client_closes && closes && plan.ports == PortChoice::kernel)
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

namespace {

// As far as the settings of this system go.
bool reuse_is_set(const Run& run) {
  return run.environment.os == "Linux" && !run.targets.empty() &&
         std::all_of(run.targets.begin(), run.targets.end(), [&](const TargetUsed& target) {
           const auto address = address_in(target.address);
           return address && reuse_applies(run.limits, *address);
         });
}

}  // namespace

bool nothing_came_back(const Run& run) {
  const auto& failures = run.tally.attempts_failed;
  const auto failed = failures.find(EADDRNOTAVAIL);
  if (!reuse_is_set(run) || failed == failures.end() || run.counters.empty() ||
      run.counters.contains("TcpExt.TWRecycled"))
    return false;
  constexpr double margin = 0.5;  // seconds
  const double delay = run.limits.reuse_delay_seconds.value_or(1);
  const auto ports = usable_ports(run.plan, run.limits);
  return run.seconds >= to_seconds(failed->second.first) + delay + margin && ports &&
         2 * run.tally.attempts_connected >= ports->count;
}

bool reuse_applies(const Run& run) {
  return reuse_is_set(run) && !nothing_came_back(run);
}

Demand demand_of(const Run& run) {
  Plan plan = run.plan;
  if (run.tally.own_ports_given_up) plan.ports = PortChoice::kernel;
  auto demand = demand_of(plan, run.limits, rules_of_os(run.environment.os), reuse_applies(run),
                          run.source_addresses);
  if (run.sockets_before) demand.held = tuples_held(demand, *run.sockets_before);
  return demand;
}

// With one source address and one target each port is a tuple, and the census counts the ports of
// the run's range. Otherwise each socket counts as a held tuple, although some may be outside
// --port-range: this is the worst case.
std::uint64_t tuples_held(const Demand& demand, const Census& census) {
  const std::uint64_t all = budget(demand).tuples;
  return std::min(all == demand.ports ? census.client_ports : census.client.total(), all);
}

std::optional<std::uint64_t> most_tuples_held(const Run& run, const Demand& demand) {
  std::optional<std::uint64_t> most;
  const auto see = [&](const std::optional<Census>& census) {
    if (census) most = std::max(most.value_or(0), tuples_held(demand, *census));
  };
  see(run.sockets_before);
  for (const Sample& sample : run.timeline) see(sample.sockets);
  see(run.sockets_after);
  return most;
}

}  // namespace tws
