// What people read for what programs know by number.
#pragma once

#include "tws/measure/failure.hpp"

#include <optional>
#include <string>

namespace tws {

// "SIGINT", "signal 40"
std::string signal_name(int signal);

// The system's words for a failure's errno, "broken pipe", and words for a proxy's; nothing where
// another cause says enough.
std::optional<std::string> words_of(const FailureKind& kind);

}  // namespace tws
