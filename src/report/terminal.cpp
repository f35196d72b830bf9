#include "report/terminal.hpp"

#include "support/units.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <unistd.h>

namespace tws {
namespace {

bool choose_colour(ColourOption option, bool is_terminal, const EnvironmentLookup& environment) {
  if (option != ColourOption::automatic) return option == ColourOption::always;
  const auto value = [&](const char* name) { return environment(name).value_or(""); };
  if (!value("NO_COLOR").empty()) return false;
  for (const char* force : {"CLICOLOR_FORCE", "FORCE_COLOR"})
    if (const auto set = value(force); !set.empty() && set != "0") return true;
  if (value("CLICOLOR") == "0") return false;
  return is_terminal && value("TERM") != "dumb";
}

std::optional<std::string> variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (!value) return {};
  return value;
}

bool is_utf8(const EnvironmentLookup& environment) {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    auto locale = environment(name).value_or("");
    if (locale.empty()) continue;
    std::transform(locale.begin(), locale.end(), locale.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return locale.find("utf-8") != std::string::npos || locale.find("utf8") != std::string::npos;
  }
  return false;
}

}  // namespace

std::optional<ColourOption> parse_colour_option(std::string_view text) {
  if (text == "auto") return ColourOption::automatic;
  if (text == "always") return ColourOption::always;
  if (text == "never") return ColourOption::never;
  return {};
}

TextStyle choose_style(ColourOption option, const StreamFacts& stream,
                       const EnvironmentLookup& environment) {
  TextStyle style;
  style.colour = choose_colour(option, stream.is_terminal, environment);
  style.unicode = is_utf8(environment);
  constexpr std::uint64_t widest = 1000;
  const auto said = parse_number(environment("COLUMNS").value_or(""), widest);
  if (stream.columns && *stream.columns > 0)
    style.width = *stream.columns;
  else if (said && *said > 0)
    style.width = static_cast<int>(*said);
  return style;
}

bool rewraps(const EnvironmentLookup& environment) {
  // What each of them sets. xterm and screen set none.
  for (const char* name : {"VTE_VERSION", "KONSOLE_VERSION", "KITTY_WINDOW_ID", "TERM_PROGRAM",
                           "ALACRITTY_WINDOW_ID", "WT_SESSION", "TMUX"})
    if (!environment(name).value_or("").empty()) return true;
  return false;
}

std::string erased(int drawn, int width, bool rewraps) {
  const int rows = rewraps && width > 0 ? (drawn + width - 1) / width : 1;
  return rows > 1 ? fmt::format("\x1b[{}A\r\x1b[J", rows - 1) : "\r\x1b[K";
}

bool is_terminal(int descriptor) {
  return isatty(descriptor) == 1;
}

TextStyle style_of(int descriptor, ColourOption option) {
  StreamFacts facts{is_terminal(descriptor), {}};
  winsize size{};
  if (facts.is_terminal && ioctl(descriptor, TIOCGWINSZ, &size) == 0) facts.columns = size.ws_col;
  return choose_style(option, facts, variable);
}

bool rewraps() {
  return rewraps(variable);
}

}  // namespace tws
