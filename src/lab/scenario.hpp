// The experiments of the lab, as values: settings and expected results.
#pragma once

#include "tws/measure/plan.hpp"
#include "tws/server/options.hpp"
#include "tws/system/limits.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tws::lab {

// What the budget predicts for a scenario, and how close the kernel's result must be.
enum class Expectation {
  burst,       // exactly as many connections as tuples, then EADDRNOTAVAIL
  sustained,   // the burst, and again each time that the tuples are free: within 10 %
  held_back,   // no failure: the search limits hammer to half of the ports per hold time
  knee,        // half of the range fast, then a slow search for each connection: within 10 %
  ramp,        // a burst, and the second in which a growing rate finds no port: within 1 %
  no_ceiling,  // more connections than ports, and no failure
};

struct Scenario {
  std::string_view name;
  std::string_view shows;    // in one line
  std::string_view changes;  // the settings, in one line
  Expectation expectation = Expectation::burst;

  std::vector<std::pair<std::string_view, std::string_view>> settings =
      {};  // net.ipv4.NAME = value
  bool private_network = true;
  std::string_view address = "127.0.0.1";  // the target's; added to lo if it is not loopback
  int targets = 1;                         // this many consecutive addresses from `address` on
  ServerMode mode = ServerMode::spawn;
  bool tls = false;  // https, with a certificate made for it
  std::string_view path = "/";
  // Everything except URLs and duration: connections, close_by, requests_per_connection, sources,
  // port_range, and a profile of one stage, which takes the duration.
  Plan plan = {};
  std::chrono::seconds duration{10};
  // The first kernel release that has these settings.
  std::string_view since = {};
};

// In the order of docs/stuck-at-16k.md.
const std::vector<Scenario>& scenarios();

// What handshakes of TLS cost: the rates of connections with full and resumed ones, and of requests
// on kept connections.
const std::vector<Scenario>& tls_scenarios();

// Null for an unknown name.
const Scenario* find_scenario(std::string_view name);

}  // namespace tws::lab
