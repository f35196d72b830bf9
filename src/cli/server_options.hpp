// tws-server's command line.
#pragma once

#include "tws/server/options.hpp"

#include <iosfwd>
#include <optional>

namespace tws {

// Nothing if --help or --version was given; their text went to `out`. Throws UsageError with one
// line that names the option, the value and what the option takes. `width`: columns for --help.
std::optional<ServerOptions> parse_server_options(int argc, const char* const* argv,
                                                  std::ostream& out, int width = 80);

}  // namespace tws
