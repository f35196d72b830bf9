// `hammer census`: TCP sockets by side and state.
#pragma once

#include "cli/subcommand.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace tws {

struct CensusCommand {
  std::optional<std::uint16_t> port;              // nothing: all TCP sockets
  std::optional<std::chrono::nanoseconds> watch;  // repeat at this interval

  static Subcommand<CensusCommand> declare(CLI::App& hammer);
  int run(const Invocation& invocation) const;
};

}  // namespace tws
