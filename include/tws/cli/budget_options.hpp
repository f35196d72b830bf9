// The options of `hammer budget`: arithmetic for any system.
#pragma once

#include "tws/model/budget.hpp"
#include "tws/system/limits.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace tws {

// As they were typed; empty: not at all.
struct BudgetWords {
  std::string os, conntrack, port_count, range, sources, targets;
  bool on_loopback = false;
  std::string hold, life, held, rate, duration, search_cost;
  std::string system, ports;  // what --os and --port-count were called; they still work
};

void add_budget_options(CLI::App& app, BudgetWords& words);

struct BudgetOptions {
  Demand demand;
  std::optional<double> search_cost;  // seconds for each port that the kernel looks at
};

// What is not given comes from `limits`, those of this machine, whose system is `os`. Throws
// UsageError.
BudgetOptions to_budget(const BudgetWords& words, const Limits& limits, std::string_view os);

}  // namespace tws
