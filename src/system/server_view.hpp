// A server and its machine as they see themselves at one instant: what tws-server's /census tells
// and hammer reads.
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
  double uptime = 0;              // seconds, by a clock that nobody sets
  std::string boot, network;      // see boot_id() and network_id()
  std::optional<Census> sockets;  // of its listening addresses; nothing where they can't be read
  std::optional<ProcessUse> process;
  std::optional<double> machine_cpu_seconds;
  unsigned machine_cpus = 0;
  Counters counters;  // of its network namespace, since that was made
  Limits limits;      // as it started; somaxconn, syn_backlog, max_time_wait are told
};

}  // namespace tws
