// What people read for what programs know by number.
#pragma once

#include "tws/measure/failure.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tws {

// "1 port", "16,384 ports", "1 address"
std::string plural(std::uint64_t count, std::string_view noun, std::string_view ending = "s");

// "SIGINT", "signal 40"
std::string signal_name(int signal);

// The system's words for a failure's errno, "broken pipe"; nothing where another cause says enough.
std::optional<std::string> words_of(const FailureKind& kind);

}  // namespace tws
