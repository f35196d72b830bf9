// How errors travel: what happens on a socket is a value (an errno); what makes a start impossible
// is one of these two exceptions and ends in main as one line and an exit code.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tws {

// The command line asks for something that can't be: exit code 2.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The command line is fine, but the run could not be made or its result was lost: exit code 1.
struct RunError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// "EADDRNOTAVAIL"; "errno 4711" for a number without a known name.
std::string errno_name(int error);

// The number that errno_name() names so.
std::optional<int> errno_number(std::string_view name);

// "cannot assign requested address": the C library's words, starting in lower case.
std::string errno_text(int error);

// The text with its control characters written as "\x0a", so that it stays on one line of a
// terminal whatever somebody typed.
std::string one_line(std::string_view text);

}  // namespace tws
