#include "tws/measure/failure.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>
#include <vector>

namespace tws {
namespace {

TEST(FailureKind, HasANameThatIsReadBack) {
  const std::vector<FailureKind> attempts{EADDRNOTAVAIL, ECONNREFUSED, 4711, Cause::timeout};
  for (const auto& kind : attempts) EXPECT_EQ(attempt_failure(cause_name(kind)), kind);
  const std::vector<FailureKind> requests{
      {Phase::write, EPIPE},           {Phase::wait, Cause::closed},
      {Phase::read, Cause::truncated}, {Phase::read, Cause::head_too_large},
      {Phase::read, Cause::protocol},  {Phase::read, 4711}};
  for (std::size_t fault = 1; fault < tls_fault_names.size(); ++fault) {
    const FailureKind kind{Phase::handshake, static_cast<TlsFault>(fault)};
    EXPECT_EQ(request_failure(name(kind)), kind) << name(kind);
    EXPECT_EQ(kind.tls_fault(), static_cast<TlsFault>(fault));
  }
  EXPECT_EQ(name({Phase::handshake, TlsFault::wrong_host}), "handshake: wrong host");
  EXPECT_EQ(FailureKind(Phase::wait, 5).tls_fault(), TlsFault::none);
  for (const auto& kind : requests) EXPECT_EQ(request_failure(name(kind)), kind);
  EXPECT_EQ(name(EADDRNOTAVAIL), "connect: EADDRNOTAVAIL");
  EXPECT_EQ(name({Phase::read, Cause::head_too_large}), "read: head too large");
}

TEST(FailureKind, AnotherTextIsNone) {
  for (const auto* text : {"", "ENOSUCH", "errno", "errno x", "errno -1", "errno 99999999999"})
    EXPECT_FALSE(attempt_failure(text)) << text;
  for (const auto* text : {"", "timeout", "eat: timeout", "read:", "read: ", "read: x"})
    EXPECT_FALSE(request_failure(text)) << text;
}

TEST(Failures, KeepTheTimeOfTheFirst) {
  using namespace std::chrono_literals;
  Failures left, right;
  count(left, EMFILE, 7ms);
  count(left, EMFILE, 9ms);
  count(right, EMFILE, 5ms);
  count(right, Cause::timeout, 6ms);
  merge(left, right);
  EXPECT_EQ(left.at(EMFILE).count, 3u);
  EXPECT_EQ(left.at(EMFILE).first, 5ms);
  EXPECT_EQ(left.at(Cause::timeout).first, 6ms);
  EXPECT_EQ(total(left), 4u);
}

}  // namespace
}  // namespace tws
