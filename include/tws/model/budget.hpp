// How long the source ports last: arithmetic over the demand and the system's limits.
// docs/budget.md has the derivation.
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
#include <vector>

namespace tws {

// What a run needs from the ports.
struct Demand {
  std::uint64_t ports = 0;  // usable ones, for each source address and target
  std::uint64_t sources = 1;
  std::uint64_t targets = 1;
  // Tuples already held at the start. It is unknown when they become free: in the worst case, all
  // of them a whole life and hold later.
  std::uint64_t held = 0;
  double life_seconds = 0;  // of a connection
  // How long a tuple is held after its connection: TIME_WAIT or the reuse delay; 0: not at all. If
  // life_seconds is 0 too, there is no ceiling.
  double hold_seconds = 60;
  std::optional<double> rate;              // wanted connections per second
  std::vector<Stage> stages{};             // or a rate that changes over time
  std::optional<double> duration_seconds;  // of the run
  // The kernel checks one half of the range before the other: PortOrder::by_parity.
  bool kernel_search = true;
  // Whether more source addresses and more targets make more tuples. False for a shared table
  // (conntrack); targets_multiply is also false if a port is held for all targets.
  bool sources_multiply = true;
  bool targets_multiply = true;
};

struct Budget {
  std::uint64_t tuples = 0;
  double hold_seconds = 0;
  std::optional<std::uint64_t> burst;  // before the first tuple is free again; nothing: no ceiling
  std::optional<double> sustained_per_second;  // nothing: no ceiling
  // At `rate` or in `stages`, when the first connection finds no tuple; nothing: never, or no rate.
  std::optional<double> exhausted_at_seconds;
  std::optional<std::uint64_t> search_slow_from;  // ports held, for each source and target
  // The rate at which search_slow_from ports are held. Above it the search slows each connection
  // down, so a client at full speed stays near this rate (measured: docs/stuck-at-16k.md).
  std::optional<double> before_search_per_second;
};

Budget budget(const Demand& demand);

// The most connections possible in `seconds`, if each tuple is used as soon as it is free;
// UINT64_MAX: no ceiling, or too many to count.
std::uint64_t most_connections_in(const Demand& demand, double seconds);

// The same for a client that would open `wanted` connections in that time if ports were free: where
// the kernel searches, each connection beyond half of the free tuples costs a look at half of the
// range. What is held is taken to be as many of either parity.
// `seconds_per_candidate`: of one thread; nothing: slow_look.
std::uint64_t connections_with_search(const Demand& demand, double seconds, std::uint64_t wanted,
                                      std::optional<double> seconds_per_candidate,
                                      unsigned threads);

// Connections per second in the long run of a client that opens them as fast as it can: half of the
// tuples come back before the search is slow, and beyond them a thread makes search_rate() more.
// Without `seconds_per_candidate` it lies between these two.
struct Sustained {
  double fewest, most;
};
Sustained sustained_with_search(const Demand& demand, std::optional<double> seconds_per_candidate,
                                unsigned threads);
// Seconds for the look at one port on a slow machine; measured were 0.1 us (docs/budget.md).
inline constexpr double slow_look = 0.3e-6;

// Tuples that a rate needs in the long run, in addition to those already held.
std::uint64_t tuples_needed(const Demand& demand, double rate);

// Source addresses (or targets) that a rate needs if the number of targets (or source addresses)
// stays the same; nothing if there is no ceiling or more of them make no difference.
std::optional<std::uint64_t> sources_needed(const Demand& demand, double rate);
std::optional<std::uint64_t> targets_needed(const Demand& demand, double rate);

// Connections per second of one thread once half of the range is held: each connect() checks half
// of the range, `seconds_per_candidate` per port (depends on the machine, so it must be measured).
double search_rate(std::uint64_t ports, double seconds_per_candidate);

// The demand of a client that closes first, on a system with these rules.
Demand demand_on(const SystemRules& rules, bool on_loopback);

// The demand of connections through a firewall or a NAT gateway; each takes an entry of its table.
// Linux's default for nf_conntrack_max, with more than 4 GB of memory
// (net/netfilter/nf_conntrack_core.c).
inline constexpr std::uint64_t conntrack_entries = 262'144;
Demand demand_on_conntrack(std::uint64_t entries);

// The demand of a client that closes first, on a machine with these limits; `os` as in uname(2).
Demand demand_on(const Limits& limits, std::string_view os, bool on_loopback);

// The demand of a run of hammer. `reuse_applies`: a port in TIME_WAIT on the client's side can be
// used again after the reuse delay, for all targets of the plan. `sources`: number of addresses in
// plan.sources.
Demand demand_of(const Plan& plan, const Limits& limits, const SystemRules& rules,
                 bool reuse_applies, std::uint64_t sources = 1);

// The same for a run that has begun: its targets are resolved, and the ports held at its start are
// known.
Demand demand_of(const Run& run);

// Whether tcp_tw_reuse covers every target of the run, and nothing in it says otherwise.
bool reuse_applies(const Run& run);
// Ports were used up, and tcp_tw_reuse is to give them back after its delay, but TWRecycled did not
// move: the other end has TCP time stamps off.
bool nothing_came_back(const Run& run);

// The tuples of the run that sockets on the client's side hold, of all its source addresses and
// targets together.
std::uint64_t tuples_held(const Demand& demand, const Census& census);
// The most that any census saw; nothing without one.
std::optional<std::uint64_t> most_tuples_held(const Run& run, const Demand& demand);

// The address in "127.0.0.1:3779" or "[::1]:3779".
std::optional<boost::asio::ip::address> address_in(const std::string& endpoint);

}  // namespace tws
