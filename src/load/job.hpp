// What the workers of a run have in common.
#pragma once

#include "load/target.hpp"
#include "tws/measure/plan.hpp"
#include "tws/support/asio.hpp"
#include "tws/system/limits.hpp"

#include <vector>

namespace tws::load {

// Complete before the first worker is made; from then on all workers read it and none writes.
struct Job {
  Plan plan;
  std::vector<Target> targets;
  std::vector<asio::ip::address> sources;
  // For --ports rotate: the range that ports are taken from, and the ports left out of it.
  PortRange own_ports;
  std::vector<PortRange> reserved;
};

}  // namespace tws::load
