#include "tws/measure/failure.hpp"

#include "tws/support/errors.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

namespace tws {
namespace {

// By Cause; `error` uses the name of its errno instead, and `tls` that of its TlsFault.
constexpr std::array<std::string_view, 7> cause_names{
    "", "timeout", "closed", "truncated", "head too large", "protocol", "proxy"};

std::optional<FailureKind> parse(Phase phase, std::string_view cause) {
  for (std::size_t i = 1; i < cause_names.size(); ++i)
    if (cause == cause_names[i]) return FailureKind{phase, static_cast<Cause>(i)};
  if (const auto error = errno_number(cause)) return FailureKind{phase, *error};
  const auto fault = std::find(tls_fault_names.begin() + 1, tls_fault_names.end(), cause);
  if (fault == tls_fault_names.end()) return {};
  return FailureKind{phase, static_cast<TlsFault>(fault - tls_fault_names.begin())};
}

}  // namespace

bool is_local(const FailureKind& kind) {
  constexpr std::array errors{EADDRNOTAVAIL, EADDRINUSE, EMFILE, ENFILE, ENOBUFS, ENOMEM};
  return kind.cause == Cause::error && std::ranges::find(errors, kind.error) != errors.end();
}

std::string cause_name(const FailureKind& kind) {
  if (kind.cause == Cause::error) return errno_name(kind.error);
  if (kind.cause == Cause::tls) return std::string(name(kind.tls_fault()));
  return std::string(cause_names[static_cast<std::size_t>(kind.cause)]);
}

std::string name(const FailureKind& kind) {
  return std::string(phase_names[index(kind.phase)]) + ": " + cause_name(kind);
}

std::optional<FailureKind> attempt_failure(std::string_view cause) {
  return parse(Phase::connect, cause);
}

std::optional<FailureKind> request_failure(std::string_view name) {
  const auto colon = name.find(": ");
  const auto phase = std::find(phase_names.begin(), phase_names.end(), name.substr(0, colon));
  if (colon == name.npos || phase == phase_names.end()) return {};
  return parse(static_cast<Phase>(phase - phase_names.begin()), name.substr(colon + 2));
}

void count(Failures& failures, const FailureKind& kind, std::chrono::nanoseconds at) {
  auto& failure = failures[kind];
  if (failure.count++ == 0) failure.first = at;
}

std::uint64_t total(const Failures& failures) {
  std::uint64_t sum = 0;
  for (const auto& [kind, failure] : failures) sum += failure.count;
  return sum;
}

void merge(Failures& to, const Failures& from) {
  for (const auto& [kind, failure] : from) {
    const auto [it, is_new] = to.try_emplace(kind, failure);
    if (is_new) continue;
    it->second.count += failure.count;
    it->second.first = std::min(it->second.first, failure.first);
  }
}

}  // namespace tws
