// The experiments of the lab, as values: what each changes, and what it must show.
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

// What the budget predicts of a scenario, and how near the kernel has to come.
enum class Expectation {
  burst,       // as many connections as there are tuples, to the last one, then EADDRNOTAVAIL
  sustained,   // the burst, and as many again each time that they come back: within 10 %
  held_back,   // no failure, since the search slows hammer down to half of the ports each hold time
  knee,        // half of the range quickly, then a search for each connection: within 10 %
  no_ceiling,  // more than the ports would allow if each were held, and no failure
};

struct Scenario {
  std::string_view name;
  std::string_view shows;    // in one line
  std::string_view changes;  // the settings, in one line
  Expectation expectation = Expectation::burst;

  std::vector<std::pair<std::string_view, std::string_view>> settings =
      {};  // net.ipv4.NAME = value
  bool private_network = true;
  std::string_view address = "127.0.0.1";  // the target's; one that is not loopback is added
  int targets = 1;                         // as many addresses from `address` on
  ServerMode mode = ServerMode::spawn;
  std::string_view path = "/";
  // Connections, close_by, requests_per_connection, sources, port_range: all but URLs and duration.
  Plan plan = {};
  std::chrono::seconds duration{10};
  // It can't be shown before this kernel release.
  std::string_view since = {};
};

// In the order of the story.
const std::vector<Scenario>& scenarios();

// Nothing for an unknown name.
const Scenario* find_scenario(std::string_view name);

}  // namespace tws::lab
