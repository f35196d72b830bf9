#include "tws/report/words.hpp"

#include "tws/support/errors.hpp"

#include <csignal>

namespace tws {

std::string signal_name(int signal) {
  switch (signal) {
    case SIGINT:
      return "SIGINT";
    case SIGTERM:
      return "SIGTERM";
    case SIGHUP:
      return "SIGHUP";
    case SIGQUIT:
      return "SIGQUIT";
    default:
      return "signal " + std::to_string(signal);
  }
}

std::optional<std::string> errno_words(std::string_view kind) {
  if (const auto colon = kind.rfind(": "); colon != std::string_view::npos)
    kind.remove_prefix(colon + 2);
  constexpr int highest = 133;  // Linux's; other systems have fewer
  for (int error = 1; error <= highest; ++error)
    if (errno_name(error) == kind) return errno_text(error);
  return {};
}

}  // namespace tws
