// Data shared by the workers of a run.
#pragma once

#include "io/tls.hpp"
#include "load/target.hpp"
#include "tws/measure/plan.hpp"
#include "tws/support/asio.hpp"
#include "tws/system/limits.hpp"

#include <memory>
#include <string_view>
#include <vector>

namespace tws::load {

// Complete before the first worker is made; then read-only.
struct Job {
  Plan plan;
  std::vector<Target> targets;
  std::vector<std::string_view> body_lines;   // of the plan
  std::unique_ptr<const io::TlsContext> tls;  // null if no target has https
  std::vector<asio::ip::address> sources;
  // The same, or what the system chooses where the plan has none; empty where that is unknown.
  std::vector<asio::ip::address> local_addresses;
  // For --ports rotate: the range to pick ports from, and the ports to skip.
  PortRange own_ports;
  std::vector<PortRange> reserved;
};

}  // namespace tws::load
