// What people read for what programs know by number.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tws {

// "SIGINT", "signal 40"
std::string signal_name(int signal);

// The system's words for the errno that a kind of failure names, "broken pipe" for "write: EPIPE";
// nothing where it names none.
std::optional<std::string> errno_words(std::string_view kind);

}  // namespace tws
