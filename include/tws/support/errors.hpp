// Error handling: socket errors are values (an errno). Errors that make a start impossible are one
// of these two exceptions; main() prints them as one line and sets the exit code.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tws {

// The command line asks for something impossible: exit code 2.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The command line is valid, but the run was not possible or its result was lost: exit code 1.
struct RunError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// "EADDRNOTAVAIL"; "errno 4711" for a number without a known name.
std::string errno_name(int error);

// The errno with this errno_name().
std::optional<int> errno_number(std::string_view name);

// "cannot assign requested address": the C library's words, starting in lower case.
std::string errno_text(int error);

// The text with control characters escaped as "\x0a", so that any input stays on one line of a
// terminal.
std::string one_line(std::string_view text);

}  // namespace tws
