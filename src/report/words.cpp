#include "report/words.hpp"

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

std::optional<std::string> words_of(const FailureKind& kind) {
  if (kind.cause == Cause::proxy) return "the proxy opened no tunnel (CONNECT)";
  if (kind.cause != Cause::error) return {};
  return errno_text(kind.error);
}

}  // namespace tws
