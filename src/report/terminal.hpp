// Which colours, characters and width a stream gets. Decided for each stream on its own.
#pragma once

#include "tws/report/style.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace tws {

enum class ColourOption { automatic, always, never };

// "auto", "always", "never"
std::optional<ColourOption> parse_colour_option(std::string_view text);

struct StreamFacts {
  bool is_terminal = false;
  std::optional<int> columns;  // as the terminal says
};

// The value of an environment variable, nothing where it is not set.
using EnvironmentLookup = std::function<std::optional<std::string>(const std::string&)>;

// Colour: the option, then NO_COLOR, CLICOLOR_FORCE and FORCE_COLOR, CLICOLOR, then whether it is a
// terminal that can. Unicode: the locale. Width: the terminal's, COLUMNS, 80.
TextStyle choose_style(ColourOption option, const StreamFacts& stream,
                       const EnvironmentLookup& environment);

// Whether the terminal breaks lines anew when it becomes narrower. Others cut them.
bool rewraps(const EnvironmentLookup& environment);
// Goes to the beginning of a line of `drawn` columns, on which the cursor is, and erases it. In a
// terminal that has become narrower and rewraps, it takes several rows.
std::string erased(int drawn, int width, bool rewraps);

// Asks the system about the file descriptor and the environment.
bool is_terminal(int descriptor);
TextStyle style_of(int descriptor, ColourOption option);
bool rewraps();

}  // namespace tws
