// A run without a kernel: clients in a loop, a server, source ports, TIME_WAIT and the answer to a
// SYN, event by event, under the rules of any system. No clock is read and no thread is started:
// the same simulation gives the same run.
//
// Left out are what no ceiling of ports depends on: segments, losses, accept queues and time-outs
// of requests. Every response has status 200 and no body.
#pragma once

#include "tws/measure/plan.hpp"
#include "tws/measure/run.hpp"
#include "tws/model/systems.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace tws {

// What each end's processor spends, on the average: half of it at least, and the rest is
// exponentially distributed.
struct Costs {
  std::chrono::nanoseconds connection{16'000};  // to open and close one
  std::chrono::nanoseconds request{4'000};
  bool operator==(const Costs&) const = default;
};

struct Simulation {
  SystemRules system;  // of both ends: one machine, as in the article
  // Of the plan count duration, requests, rate, connections, threads, connect_timeout,
  // requests_per_connection, close_by, ports and port_range; it names no URLs and no sources.
  Plan plan;
  std::uint32_t sources = 1;  // addresses, from each of which all targets are loaded
  std::uint32_t targets = 1;  // each with a processor of its own
  bool on_loopback = true;    // or the client and the targets are different addresses
  // The server has one connection at a time, and closes each after a response unless the plan has
  // the client do it; else it has all of them at once.
  bool sequential = false;
  Costs costs;
  std::chrono::nanoseconds delay{};       // of the server, before each response; costs no CPU
  std::chrono::nanoseconds round_trip{};  // of a handshake, and of a request
  std::uint64_t seed = 1;
  // The run that is told of is the second one, which begins so long after the same run has ended.
  std::optional<std::chrono::nanoseconds> again_after;
};

// How many ports the simulation keeps account of: it takes 20 bytes of memory for each, at most.
std::uint64_t ports_simulated(const Simulation& simulation);
inline constexpr std::uint64_t most_ports_simulated = 500'000'000;

// `simulation` has at most that many.
Run simulate(const Simulation& simulation);

}  // namespace tws
