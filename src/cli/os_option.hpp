// --os: selects a system's rules, with the same names in every subcommand.
#pragma once

#include "cli/values.hpp"
#include "tws/model/systems.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <string_view>
#include <vector>

namespace tws {

inline std::string os_names(std::string_view between) {
  std::vector<std::string_view> names;
  for (const SystemRules& system : known_systems()) names.push_back(system.name);
  return fmt::format("{}", fmt::join(names, between));
}

inline const SystemRules& rules_named(std::string_view option, std::string_view name) {
  const auto* system = find_system(name);
  if (!system) refuse(option, name, "one of " + os_names(", "));
  return *system;
}

// For --help.
inline std::string os_list() {
  std::string list = "OS is one of:\n";
  for (const SystemRules& system : known_systems())
    list += fmt::format("  {:<12}{}\n", system.name, system.covers);
  return list;
}

}  // namespace tws
