// Asking for a password on a terminal.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tws::io {

// Shows the prompt on the process's terminal and reads a line, without echo. Nothing if there is no
// terminal, or at Ctrl-D. Ctrl-C raises SIGINT, once the terminal is as it was.
std::optional<std::string> ask_password(std::string_view prompt);

}  // namespace tws::io
