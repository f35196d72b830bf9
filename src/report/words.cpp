#include "report/words.hpp"

#include "support/units.hpp"
#include "tws/support/errors.hpp"

#include <fmt/format.h>

#include <csignal>

namespace tws {

std::string plural(std::uint64_t count, std::string_view noun, std::string_view ending) {
  return fmt::format("{} {}{}", format_count(count), noun, count == 1 ? "" : ending);
}

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

std::optional<std::string> words_of(const FailureKind& kind) {
  if (kind.cause != Cause::error) return {};
  return errno_text(kind.error);
}

}  // namespace tws
