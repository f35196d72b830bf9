// A simulated run: clients in a loop, a server, source ports, TIME_WAIT and the answer to a SYN,
// event by event, under the rules of any system. It reads no clock and starts no thread, so the
// same simulation gives the same run.
//
// Not simulated, because the ceiling does not depend on them: segments, losses, accept queues and
// time-outs of requests. Every response has status 200 and no body.
#pragma once

#include "tws/measure/plan.hpp"
#include "tws/measure/run.hpp"
#include "tws/model/systems.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace tws {

// Mean CPU time on each side: at least half of the mean, the rest exponentially distributed.
struct Costs {
  std::chrono::nanoseconds connection{16'000};  // to open and close one
  std::chrono::nanoseconds request{4'000};
  bool operator==(const Costs&) const = default;
};

struct Simulation {
  SystemRules system;  // of both ends: one machine, as in the article
  // Used members of the plan: duration, requests, rate, profile, arrivals, seed, connections,
  // threads, connect_timeout, requests_per_connection, close_by, ports and port_range. URLs and
  // sources are empty.
  Plan plan;
  std::uint32_t sources = 1;  // addresses, each of which loads all targets
  std::uint32_t targets = 1;  // each with a processor of its own
  bool on_loopback = true;    // false: client and targets have different addresses
  // True: the server handles one connection at a time, and closes each after a response unless the
  // plan says that the client closes. False: it handles all at once.
  bool sequential = false;
  Costs costs;
  std::chrono::nanoseconds delay{};       // of the server, before each response; costs no CPU
  std::chrono::nanoseconds round_trip{};  // of a handshake, and of a request
  std::uint64_t seed = 1;
  // If set, the result is a second run, which begins this long after the first one has ended.
  std::optional<std::chrono::nanoseconds> again_after;
};

// The number of ports in the simulation, each of which takes at most 20 bytes of memory.
std::uint64_t ports_simulated(const Simulation& simulation);
inline constexpr std::uint64_t most_ports_simulated = 500'000'000;

// `simulation` must have at most most_ports_simulated ports.
Run simulate(const Simulation& simulation);

}  // namespace tws
