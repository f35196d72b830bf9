#include "tws/model/simulation.hpp"

#include "model/engine.hpp"
#include "model/kernel.hpp"
#include "support/units.hpp"

#include <boost/asio/ip/address_v4.hpp>
#include <fmt/format.h>

namespace tws {
namespace {

constexpr std::uint16_t server_port = 80;

// 127.0.0.1, or an address that RFC 2544 reserves for benchmarks.
std::uint32_t first_address(bool on_loopback) {
  return on_loopback ? 0x7f000001 : 0xc6120001;
}

Limits limits_of(const Simulation& simulation) {
  const SystemRules& rules = simulation.system;
  Limits limits;
  limits.ports = rules.ports;
  limits.usable_ports = rules.ports.size();
  const bool waits = keeps_time_wait(rules, simulation.on_loopback);
  limits.time_wait_seconds = waits ? to_seconds(rules.time_wait) : 0;
  limits.reuse = rules.reuse;
  limits.timestamps = true;
  if (rules.os == "Linux") {
    limits.reuse_delay_seconds = to_seconds(rules.reuse_delay);
    limits.max_time_wait = rules.max_time_wait;
    // Without steps it stays unknown, as before Linux 7.1.
    if (rules.port_step_width > 0) limits.port_step_width = rules.port_step_width;
  }
  return limits;
}

Run described(const Simulation& simulation) {
  Run run;
  run.plan = simulation.plan;
  run.environment.os = simulation.system.os;
  run.environment.kernel = simulation.system.kernel;
  run.source_addresses = simulation.sources;
  for (std::uint32_t i = 0; i < simulation.targets; ++i) {
    const boost::asio::ip::address_v4 address(first_address(simulation.on_loopback) + i);
    TargetUsed target;
    target.address = fmt::format("{}:{}", address.to_string(), server_port);
    target.url = fmt::format("http://{}/", target.address);
    run.plan.urls.push_back(target.url);
    run.targets.push_back(std::move(target));
  }
  run.limits = limits_of(simulation);
  return run;
}

}  // namespace

std::uint64_t ports_simulated(const Simulation& simulation) {
  return model::Kernel::ports_needed(simulation);
}

Run simulate(const Simulation& asked) {
  Simulation simulation = asked;
  if (simulation.sequential) simulation.plan.requests_per_connection = 1;
  Run run = described(simulation);
  model::Kernel kernel(simulation);
  model::Random random(~simulation.seed);
  model::Time start{};
  if (simulation.again_after) {
    Run before = run;
    start = model::Engine(simulation, kernel, random, start).run(before) + *simulation.again_after;
  }
  model::Engine(simulation, kernel, random, start).run(run);
  return run;
}

}  // namespace tws
