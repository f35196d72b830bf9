// Why attempts and requests fail: values with a name each. The room `report` has the words for
// users.
#pragma once

#include "tws/measure/phase.hpp"
#include "tws/support/tls_fault.hpp"

#include <chrono>
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tws {

enum class Cause : std::uint8_t {
  error,           // a system call's errno
  timeout,         // hammer's own time-out
  closed,          // the server's FIN came before the first byte of the response
  truncated,       // ... in the middle of the response
  head_too_large,  // the response's head, or the framing of a chunk
  protocol,        // not HTTP/1.x
  proxy,           // a proxy opened no tunnel
  tls,             // a TlsFault
};

struct FailureKind {
  // For an attempt to connect.
  FailureKind(int number) : error(number) {}
  FailureKind(Cause why) : cause(why) {}
  // For a request, with its phase.
  FailureKind(Phase when, int number) : phase(when), error(number) {}
  FailureKind(Phase when, Cause why) : phase(when), cause(why) {}
  FailureKind(Phase when, TlsFault why)
      : phase(when), cause(Cause::tls), error(static_cast<int>(why)) {}

  TlsFault tls_fault() const {
    return cause == Cause::tls ? static_cast<TlsFault>(error) : TlsFault::none;
  }

  auto operator<=>(const FailureKind&) const = default;

  Phase phase = Phase::connect;
  Cause cause = Cause::error;
  int error = 0;  // errno, or the TlsFault; 0 for other causes
};

// Whether this machine lacked a resource (a port, a file descriptor, memory), so that no packet was
// sent and the server did not notice.
bool is_local(const FailureKind& kind);

// "EADDRNOTAVAIL", "timeout"
std::string cause_name(const FailureKind& kind);
// "connect: EADDRNOTAVAIL", "read: truncated"
std::string name(const FailureKind& kind);
// The inverse of cause_name() for an attempt and of name() for a request; nothing for other text.
std::optional<FailureKind> attempt_failure(std::string_view cause);
std::optional<FailureKind> request_failure(std::string_view name);

struct Failure {
  std::uint64_t count = 0;
  std::chrono::nanoseconds first{};  // since the start of the run
  bool operator==(const Failure&) const = default;
};

using Failures = std::map<FailureKind, Failure>;

void count(Failures& failures, const FailureKind& kind, std::chrono::nanoseconds at);
std::uint64_t total(const Failures& failures);
void merge(Failures& to, const Failures& from);

}  // namespace tws
