// A server's own data about itself and its machine at one instant: tws-server's /census sends them,
// hammer reads them.
#pragma once

#include "system/process.hpp"
#include "tws/system/census.hpp"
#include "tws/system/counters.hpp"
#include "tws/system/limits.hpp"

#include <optional>
#include <string>

namespace tws {

struct ServerView {
  std::string version;  // of tws-server
  int pid = 0;
  double uptime = 0;              // seconds, by a monotonic clock
  std::string boot, network;      // see boot_id() and network_id()
  std::optional<Census> sockets;  // of its listening addresses; nothing if they can't be read
  std::optional<ProcessUse> process;
  std::optional<double> machine_cpu_seconds;
  unsigned machine_cpus = 0;
  Counters counters;  // of its network namespace, since its creation
  Limits limits;      // at its start; only somaxconn, syn_backlog and max_time_wait
};

}  // namespace tws
