// Why attempts and requests fail: values with a name each. What people read about them is
// `report`'s.
#pragma once

#include "tws/measure/phase.hpp"

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
  timeout,         // hammer's own patience was over
  closed,          // the server's FIN came, and no byte of an answer
  truncated,       // ... in the middle of the answer
  head_too_large,  // of the answer, or what frames a chunk of it
  protocol,        // no HTTP/1.1
};

struct FailureKind {
  // Of an attempt to connect.
  FailureKind(int number) : error(number) {}
  FailureKind(Cause why) : cause(why) {}
  // Of a request, in the phase that it was in.
  FailureKind(Phase when, int number) : phase(when), error(number) {}
  FailureKind(Phase when, Cause why) : phase(when), cause(why) {}

  auto operator<=>(const FailureKind&) const = default;

  Phase phase = Phase::connect;
  Cause cause = Cause::error;
  int error = 0;  // errno; 0 where the cause is another
};

// Whether this machine is short of something (a port, a file descriptor, memory), so that no packet
// was sent and the server can't know of it.
bool is_local(const FailureKind& kind);

// "EADDRNOTAVAIL", "timeout"
std::string cause_name(const FailureKind& kind);
// "connect: EADDRNOTAVAIL", "read: truncated"
std::string name(const FailureKind& kind);
// What cause_name() gives for an attempt, and name() for a request; nothing for another text.
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
