// What all workers of a run read.
#pragma once

#include "tws/load/target.hpp"
#include "tws/measure/plan.hpp"
#include "tws/support/asio.hpp"

#include <vector>

namespace tws::load {

struct Job {
  Plan plan;
  std::vector<Target> targets;
  std::vector<asio::ip::address> sources;
  // With --ports rotate: what ports are taken from, and what is left out.
  PortRange own_ports;
  std::vector<PortRange> reserved;
  Clock::time_point start;
};

}  // namespace tws::load
