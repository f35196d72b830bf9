// How far the source ports reach: arithmetic over what is asked and what the system allows. The
// derivation is in docs/budget.md.
#pragma once

#include "tws/measure/plan.hpp"
#include "tws/measure/run.hpp"
#include "tws/model/systems.hpp"
#include "tws/system/limits.hpp"

#include <boost/asio/ip/address.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tws {

// What is asked of the ports.
struct Demand {
  std::uint64_t ports = 0;  // usable ones, for each source address and target
  std::uint64_t sources = 1;
  std::uint64_t targets = 1;
  // Tuples that are held already at the start. When they come back is not known: at worst, all of
  // them a whole life and hold later.
  std::uint64_t held = 0;
  double life_seconds = 0;  // of a connection
  // How long a tuple is held after it: TIME_WAIT or the delay of its reuse; 0: not at all. Where a
  // connection takes no time either, there is no ceiling.
  double hold_seconds = 60;
  std::optional<double> rate;              // wanted connections per second
  std::optional<double> duration_seconds;  // of the run
  // The kernel looks at one half of the range before the other: PortOrder::by_parity.
  bool kernel_search = true;
  // More source addresses, more targets make more tuples: not for a table that all share
  // (conntrack), and targets not where a port is held for all of them.
  bool sources_multiply = true;
  bool targets_multiply = true;
};

struct Budget {
  std::uint64_t tuples = 0;
  double hold_seconds = 0;
  std::optional<std::uint64_t> burst;  // before the first tuple comes back; nothing: no ceiling
  std::optional<double> sustained_per_second;  // nothing: no ceiling
  // At `rate`, the first connection that finds no tuple; nothing: never, or no rate.
  std::optional<double> exhausted_at_seconds;
  std::optional<std::uint64_t> search_slow_from;  // ports held, for each source and target
  // The rate that holds so many. Beyond it the search slows each connection down, so that a client
  // that opens them as fast as it can is held near it (measured: docs/stuck-at-16k.md).
  std::optional<double> before_search_per_second;
};

Budget budget(const Demand& demand);

// The most connections that can be made in `seconds` by opening them as fast as tuples are free;
// UINT64_MAX: no ceiling, or more than can be counted.
std::uint64_t most_connections_in(const Demand& demand, double seconds);

// Tuples that a rate needs for ever, besides those that are held already.
std::uint64_t tuples_needed(const Demand& demand, double rate);

// Source addresses, or targets, that a rate needs if the other one stays as it is; nothing where
// there is no ceiling, or where more of them make no difference.
std::optional<std::uint64_t> sources_needed(const Demand& demand, double rate);
std::optional<std::uint64_t> targets_needed(const Demand& demand, double rate);

// Connections per second that one thread makes once half of the range is held: each connect() looks
// at half of the range, `seconds_per_candidate` for each port (measured: it is the machine's).
double search_rate(std::uint64_t ports, double seconds_per_candidate);

// Of a client that closes first, on paper.
Demand demand_on(const SystemRules& rules, bool on_loopback);

// Of connections through a firewall or a NAT gateway, each an entry of its table. Linux's
// default for nf_conntrack_max, with more than 4 GB of memory (net/netfilter/nf_conntrack_core.c).
inline constexpr std::uint64_t conntrack_entries = 262'144;
Demand demand_on_conntrack(std::uint64_t entries);

// Of a client that closes first, on a machine with these limits; `os` as uname(2) names it.
Demand demand_on(const Limits& limits, std::string_view os, bool on_loopback);

// What a run of hammer asks. `reuse_applies`: a TIME_WAIT on the client's side can be used again
// after the reuse delay, for all targets of the plan. `sources`: addresses that plan.sources name.
Demand demand_of(const Plan& plan, const Limits& limits, const SystemRules& rules,
                 bool reuse_applies, std::uint64_t sources = 1);

// The same of a run that began: its targets are resolved, and what was held at its start is known.
Demand demand_of(const Run& run);

// Whether tcp_tw_reuse covers every target of the run.
bool reuse_applies(const Run& run);

// The address in "127.0.0.1:3779" or "[::1]:3779".
std::optional<boost::asio::ip::address> address_in(const std::string& endpoint);

}  // namespace tws
